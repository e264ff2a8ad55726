// SPDX-License-Identifier: Apache-2.0
//
// The VSS provider that freezes. It makes no snapshots: VSS calls CommitSnapshots while writers are quiet and
// writes are held, and there it says so to the agent and waits until the agent says that the host is done.
// Runs in a process of its own (COM+), so that the agent goes on answering.
//
// No file, registry or log may be written here: it would wait for the thaw that it keeps from coming.
// IVssSoftwareSnapshotProvider, IVssProviderCreateSnapshotSet: learn.microsoft.com/windows/win32/api/vsprov
#include "provider.h"

#include <vsprov.h>

#include "identity.h"

HINSTANCE self = nullptr;

namespace {

/** To any of the objects: they are never freed, but the library may be while there are none. */
volatile LONG references = 0;

/** How often it looks whether the agent is still there. */
constexpr DWORD LOOK_AGAIN_MS = 100;

bool exists(const wchar_t *event) {
  const HANDLE handle = OpenEventW(SYNCHRONIZE, FALSE, event);
  if (handle == nullptr) return false;
  CloseHandle(handle);
  return true;
}

bool signal(const wchar_t *event) {
  const HANDLE handle = OpenEventW(EVENT_MODIFY_STATE, FALSE, event);
  if (handle == nullptr) return false;
  const bool isSet = SetEvent(handle);
  CloseHandle(handle);
  return isSet;
}

/**
 * Waits for the thaw. The event is not kept open: when the agent has died it is gone at the next look, while a
 * handle of ours would keep it, and the freeze, and the next freeze from beginning.
 */
bool waitForThaw() {
  const ULONGLONG end = GetTickCount64() + HOLD_LIMIT_MS;
  do {
    const HANDLE thaw = OpenEventW(SYNCHRONIZE, FALSE, EVENT_THAW);
    if (thaw == nullptr) return false;
    const DWORD waited = WaitForSingleObject(thaw, LOOK_AGAIN_MS);
    CloseHandle(thaw);
    if (waited == WAIT_OBJECT_0) return true;
  } while (GetTickCount64() < end);
  return false;
}

/** Snapshots that the provider has: none. It has no state, so there is one of it, as of the provider. */
class NoObjects final : public IVssEnumObject {
 public:
  STDMETHODIMP QueryInterface(REFIID id, void **object) override {
    if (object == nullptr) return E_POINTER;
    const bool isOurs = id == __uuidof(IUnknown) || id == __uuidof(IVssEnumObject);
    *object = isOurs ? this : nullptr;
    if (!isOurs) return E_NOINTERFACE;
    AddRef();
    return S_OK;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return InterlockedIncrement(&references); }
  STDMETHODIMP_(ULONG) Release() override { return InterlockedDecrement(&references); }

  STDMETHODIMP Next(ULONG, VSS_OBJECT_PROP *, ULONG *fetched) override {
    if (fetched != nullptr) *fetched = 0;
    return S_FALSE;
  }
  STDMETHODIMP Skip(ULONG) override { return S_FALSE; }
  STDMETHODIMP Reset() override { return S_OK; }
  STDMETHODIMP Clone(IVssEnumObject **copy) override {
    if (copy == nullptr) return E_POINTER;
    *copy = this;
    AddRef();
    return S_OK;
  }
};

NoObjects noObjects;

class Provider final : public IVssSoftwareSnapshotProvider,
                       public IVssProviderCreateSnapshotSet,
                       public IVssProviderNotifications {
 public:
  STDMETHODIMP QueryInterface(REFIID id, void **object) override {
    if (object == nullptr) return E_POINTER;
    *object = nullptr;
    if (id == __uuidof(IUnknown) || id == __uuidof(IVssSoftwareSnapshotProvider))
      *object = static_cast<IVssSoftwareSnapshotProvider *>(this);
    else if (id == __uuidof(IVssProviderCreateSnapshotSet))
      *object = static_cast<IVssProviderCreateSnapshotSet *>(this);
    else if (id == __uuidof(IVssProviderNotifications))
      *object = static_cast<IVssProviderNotifications *>(this);
    if (*object == nullptr) return E_NOINTERFACE;
    AddRef();
    return S_OK;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return InterlockedIncrement(&references); }
  STDMETHODIMP_(ULONG) Release() override { return InterlockedDecrement(&references); }

  STDMETHODIMP SetContext(LONG) override { return S_OK; }
  /** VSS asks after the commit. The requester takes the error for what it is: there is no snapshot. */
  STDMETHODIMP GetSnapshotProperties(VSS_ID, VSS_SNAPSHOT_PROP *) override {
    return VSS_E_OBJECT_NOT_FOUND;
  }
  STDMETHODIMP Query(VSS_ID, VSS_OBJECT_TYPE, VSS_OBJECT_TYPE, IVssEnumObject **found) override {
    if (found == nullptr) return E_POINTER;
    *found = &noObjects;
    noObjects.AddRef();
    return S_OK;
  }
  STDMETHODIMP DeleteSnapshots(VSS_ID source, VSS_OBJECT_TYPE, WINBOOL, LONG *deleted,
                               VSS_ID *failed) override {
    if (deleted == nullptr || failed == nullptr) return E_POINTER;
    *deleted = 0;
    *failed = source;
    return S_OK;
  }
  STDMETHODIMP BeginPrepareSnapshot(VSS_ID, VSS_ID, VSS_PWSZ, LONG) override { return S_OK; }
  /** Only while the agent freezes: VSS prefers software providers, and would choose this one for other backups too. */
  STDMETHODIMP IsVolumeSupported(VSS_PWSZ, WINBOOL *isSupported) override {
    if (isSupported == nullptr) return E_POINTER;
    *isSupported = exists(EVENT_FROZEN);
    return S_OK;
  }
  STDMETHODIMP IsVolumeSnapshotted(VSS_PWSZ, WINBOOL *isPresent, LONG *compatibility) override {
    if (isPresent == nullptr || compatibility == nullptr) return E_POINTER;
    *isPresent = FALSE;
    *compatibility = 0;
    return S_OK;
  }
  STDMETHODIMP SetSnapshotProperty(VSS_ID, VSS_SNAPSHOT_PROPERTY_ID, VARIANT) override {
    return E_NOTIMPL;
  }
  STDMETHODIMP RevertToSnapshot(VSS_ID) override { return E_NOTIMPL; }
  STDMETHODIMP QueryRevertStatus(VSS_PWSZ, IVssAsync **) override { return E_NOTIMPL; }

  STDMETHODIMP EndPrepareSnapshots(VSS_ID) override { return S_OK; }
  STDMETHODIMP PreCommitSnapshots(VSS_ID) override { return S_OK; }
  STDMETHODIMP CommitSnapshots(VSS_ID) override {
    if (!exists(EVENT_THAW) || !exists(EVENT_TIMEOUT) || !signal(EVENT_FROZEN)) return E_FAIL;
    // Writes go on in any case; whether that was in time is for the agent to say.
    if (!waitForThaw()) signal(EVENT_TIMEOUT);
    return S_OK;
  }
  STDMETHODIMP PostCommitSnapshots(VSS_ID, LONG) override { return S_OK; }
  STDMETHODIMP PreFinalCommitSnapshots(VSS_ID) override { return S_OK; }
  STDMETHODIMP PostFinalCommitSnapshots(VSS_ID) override { return S_OK; }
  STDMETHODIMP AbortSnapshots(VSS_ID) override { return S_OK; }

  STDMETHODIMP OnLoad(IUnknown *) override { return S_OK; }
  STDMETHODIMP OnUnload(WINBOOL) override { return S_OK; }
};

Provider provider;

class Factory final : public IClassFactory {
 public:
  STDMETHODIMP QueryInterface(REFIID id, void **object) override {
    if (object == nullptr) return E_POINTER;
    const bool isOurs = id == __uuidof(IUnknown) || id == __uuidof(IClassFactory);
    *object = isOurs ? this : nullptr;
    if (!isOurs) return E_NOINTERFACE;
    AddRef();
    return S_OK;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return InterlockedIncrement(&references); }
  STDMETHODIMP_(ULONG) Release() override { return InterlockedDecrement(&references); }

  STDMETHODIMP CreateInstance(IUnknown *outer, REFIID id, void **object) override {
    if (object == nullptr) return E_POINTER;
    *object = nullptr;
    return outer == nullptr ? provider.QueryInterface(id, object) : CLASS_E_NOAGGREGATION;
  }
  STDMETHODIMP LockServer(WINBOOL isLocked) override {
    if (isLocked)
      AddRef();
    else
      Release();
    return S_OK;
  }
};

Factory factory;

}  // namespace

STDAPI DllGetClassObject(REFCLSID classId, REFIID id, void **object) {
  if (object == nullptr) return E_POINTER;
  *object = nullptr;
  return classId == PROVIDER_CLASS ? factory.QueryInterface(id, object)
                                   : CLASS_E_CLASSNOTAVAILABLE;
}

STDAPI DllCanUnloadNow() { return references == 0 ? S_OK : S_FALSE; }

extern "C" BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID) {
  if (reason == DLL_PROCESS_ATTACH) {
    self = instance;
    DisableThreadLibraryCalls(instance);
  }
  return TRUE;
}
