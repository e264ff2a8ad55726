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

/** The default value of a key, as VSS and COM+ have it. */
HRESULT read(HKEY root, const wchar_t *key, wchar_t (&value)[MAX_PATH]) {
  DWORD size = sizeof value;
  return RegGetValueW(root, key, nullptr, RRF_RT_REG_SZ, nullptr, value, &size) == 0
             ? S_OK
             : VSS_E_PROVIDER_NOT_REGISTERED;
}

/** The library of a provider, loaded: here, where Windows has a process of COM+ for it. */
class Library {
 public:
  ~Library() {
    if (module_ != nullptr) FreeLibrary(module_);
  }

  HRESULT open(IVssSoftwareSnapshotProvider **provider) {
    wchar_t text[40], key[160], value[MAX_PATH];
    CLSID classId;
    StringFromGUID2(chosen, text, 40);
    swprintf(key, 160, L"SYSTEM\\CurrentControlSet\\Services\\VSS\\Providers\\%ls\\CLSID", text);
    HRESULT result = read(HKEY_LOCAL_MACHINE, key, value);
    if (SUCCEEDED(result)) result = CLSIDFromString(value, &classId);
    if (FAILED(result)) return result;
    swprintf(key, 160, L"CLSID\\%ls\\InprocServer32", value);
    result = read(HKEY_CLASSES_ROOT, key, value);
    if (SUCCEEDED(result)) result = make(value, classId, provider);
    if (FAILED(result)) note("provider cannot be loaded: %08lx", result);
    return FAILED(result) ? VSS_E_UNEXPECTED_PROVIDER_ERROR : S_OK;
  }

 private:
  HRESULT make(const wchar_t *path, REFCLSID classId, IVssSoftwareSnapshotProvider **provider) {
    module_ = LoadLibraryW(path);
    const auto get = reinterpret_cast<HRESULT(WINAPI *)(REFCLSID, REFIID, void **)>(
        GetProcAddress(module_, "DllGetClassObject"));
    if (get == nullptr) return HRESULT_FROM_WIN32(GetLastError());
    IClassFactory *factory = nullptr;
    HRESULT result = get(classId, __uuidof(IClassFactory), reinterpret_cast<void **>(&factory));
    if (FAILED(result)) return result;
    result = factory->CreateInstance(nullptr, __uuidof(IVssSoftwareSnapshotProvider),
                                     reinterpret_cast<void **>(provider));
    factory->Release();
    return result;
  }

  HMODULE module_ = nullptr;
};

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
  Library library;
  IVssSoftwareSnapshotProvider *provider = nullptr;
  const HRESULT loaded = library.open(&provider);
  if (FAILED(loaded)) return loaded;
  WINBOOL isSupported = FALSE;
  provider->IsVolumeSupported(volume, &isSupported);
  provider->Release();
  return isSupported ? S_OK : VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER;
}

HRESULT doSnapshotSet(const wchar_t volumes[][64], int count) {
  Library library;
  IVssSoftwareSnapshotProvider *provider = nullptr;
  HRESULT result = library.open(&provider);
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
  return result;
}
