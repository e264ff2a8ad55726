// SPDX-License-Identifier: Apache-2.0
// VSS's side of a provider: finds the registered one, loads it, and calls it in the documented order.
#include "snapshot-set.h"

#include <objbase.h>
#include <stdio.h>
#include <vss.h>
#include <vsprov.h>

#include "double.h"

namespace {

const GUID SET = {0x5e7, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
/** For how long volsnap holds writes. */
constexpr DWORD HOLD_WRITES_MS = 10000;
GUID chosen;

/** The class that VSS has for a provider. */
HRESULT classOf(const GUID &id, CLSID *classId) {
  wchar_t text[40], key[160], value[40];
  StringFromGUID2(id, text, 40);
  swprintf(key, 160, L"SYSTEM\\CurrentControlSet\\Services\\VSS\\Providers\\%ls\\CLSID", text);
  DWORD size = sizeof value;
  if (RegGetValueW(HKEY_LOCAL_MACHINE, key, nullptr, RRF_RT_REG_SZ, nullptr, value, &size) != 0)
    return VSS_E_PROVIDER_NOT_REGISTERED;
  return CLSIDFromString(value, classId);
}

/** Here within the process; Windows has it in another, by COM+. */
HRESULT load(IVssSoftwareSnapshotProvider **provider) {
  CLSID classId;
  const HRESULT found = classOf(chosen, &classId);
  if (FAILED(found)) return found;
  const HRESULT made =
      CoCreateInstance(classId, nullptr, CLSCTX_INPROC_SERVER,
                       __uuidof(IVssSoftwareSnapshotProvider), reinterpret_cast<void **>(provider));
  if (FAILED(made)) note("provider cannot be loaded: %08lx", made);
  return FAILED(made) ? VSS_E_UNEXPECTED_PROVIDER_ERROR : S_OK;
}

/** Between the release of writers and the thaw. */
HRESULT commit(IVssProviderCreateSnapshotSet *steps) {
  const HRESULT early = injected("CommitSnapshots");
  if (FAILED(early)) return early;
  const ULONGLONG start = GetTickCount64();
  note("CommitSnapshots begins");
  HRESULT result;
  if (const DWORD diesAfter = setting("provider-dies", 0)) {
    // The process that the provider runs in has gone: it has said that it is frozen, and is heard of no more.
    const HANDLE frozen =
        OpenEventW(EVENT_MODIFY_STATE, FALSE, L"Global\\QGAVSSEvent-frozen");
    SetEvent(frozen);
    CloseHandle(frozen);
    Sleep(diesAfter);
    result = HRESULT_FROM_WIN32(RPC_S_CALL_FAILED);
  } else {
    result = steps->CommitSnapshots(SET);
  }
  const ULONGLONG heldMs = GetTickCount64() - start;
  note("CommitSnapshots ends with %08lx", result);
  if (FAILED(result)) return result;
  const HRESULT late = injected("released");
  if (FAILED(late)) return late;
  return heldMs > setting("hold-writes", HOLD_WRITES_MS) ? VSS_E_HOLD_WRITES_TIMEOUT : S_OK;
}

HRESULT run(IVssSoftwareSnapshotProvider *provider, IVssProviderCreateSnapshotSet *steps,
            const wchar_t volumes[][64], int count) {
  HRESULT result = provider->SetContext(VSS_CTX_APP_ROLLBACK);
  for (int i = 0; i < count && SUCCEEDED(result); i++) {
    wchar_t volume[64];
    lstrcpyW(volume, volumes[i]);
    result = provider->BeginPrepareSnapshot(SET, GUID{(DWORD)i}, volume, VSS_CTX_APP_ROLLBACK);
  }
  if (SUCCEEDED(result)) result = steps->EndPrepareSnapshots(SET);
  if (SUCCEEDED(result)) result = steps->PreCommitSnapshots(SET);
  if (SUCCEEDED(result)) result = commit(steps);
  if (SUCCEEDED(result)) result = steps->PostCommitSnapshots(SET, count);
  if (SUCCEEDED(result)) result = steps->PreFinalCommitSnapshots(SET);
  if (SUCCEEDED(result)) result = steps->PostFinalCommitSnapshots(SET);
  if (FAILED(result)) steps->AbortSnapshots(SET);
  return result;
}

}  // namespace

HRESULT askProvider(const GUID &id, wchar_t *volume) {
  chosen = id;
  IVssSoftwareSnapshotProvider *provider = nullptr;
  const HRESULT loaded = load(&provider);
  if (FAILED(loaded)) return loaded;
  WINBOOL isSupported = FALSE;
  provider->IsVolumeSupported(volume, &isSupported);
  provider->Release();
  return isSupported ? S_OK : VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER;
}

HRESULT doSnapshotSet(const wchar_t volumes[][64], int count) {
  CoInitializeEx(nullptr, COINIT_MULTITHREADED);
  IVssSoftwareSnapshotProvider *provider = nullptr;
  HRESULT result = load(&provider);
  if (SUCCEEDED(result)) {
    IVssProviderCreateSnapshotSet *steps = nullptr;
    IVssProviderNotifications *notifications = nullptr;
    provider->QueryInterface(__uuidof(*steps), reinterpret_cast<void **>(&steps));
    provider->QueryInterface(__uuidof(*notifications), reinterpret_cast<void **>(&notifications));
    notifications->OnLoad(nullptr);
    result = run(provider, steps, volumes, count);
    notifications->OnUnload(FALSE);
    notifications->Release();
    steps->Release();
    provider->Release();
  }
  CoUninitialize();
  return result;
}
