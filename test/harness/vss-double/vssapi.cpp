// SPDX-License-Identifier: Apache-2.0
// A stand-in for vssapi.dll: the compiler holds it to the header's interfaces, and it holds its caller to VSS's order.
#include <initguid.h>
#include <stdio.h>

#include "writers.h"
#include "async.h"
#include "double.h"
#include "snapshot-set.h"

namespace {

/** How far a backup has come. */
enum Stage { NEW, INITIALIZED, STATED, IN_CONTEXT, DESCRIBED, STARTED, PREPARED, DONE };
constexpr int VOLUMES_MAX = 8;

class Components final : public Counted<IVssBackupComponents> {
 public:
  Components() : Counted("Components") {}

  STDMETHODIMP InitializeForBackup(BSTR xml) override {
    note("InitializeForBackup(%s)", xml == nullptr ? "" : "xml");
    return step("InitializeForBackup", NEW, INITIALIZED);
  }
  STDMETHODIMP SetBackupState(boolean components, boolean bootable, VSS_BACKUP_TYPE type,
                              boolean partial) override {
    note("SetBackupState(%d, %d, %d, %d)", components, bootable, type, partial);
    return step("SetBackupState", INITIALIZED, STATED);
  }
  STDMETHODIMP SetContext(LONG context) override {
    note("SetContext(%08lx)", context);
    return step("SetContext", STATED, IN_CONTEXT);
  }
  STDMETHODIMP GatherWriterMetadata(IVssAsync **async) override {
    return begin("GatherWriterMetadata", IN_CONTEXT, DESCRIBED, async);
  }
  STDMETHODIMP GetWriterMetadataCount(UINT *count) override {
    *count = WRITERS;
    return step("GetWriterMetadataCount", DESCRIBED, DESCRIBED);
  }
  STDMETHODIMP GetWriterMetadata(UINT writer, VSS_ID *instance,
                                 IVssExamineWriterMetadata **metadata) override {
    const HRESULT result = step("GetWriterMetadata", DESCRIBED, DESCRIBED);
    if (FAILED(result)) return result;
    *instance = GUID{0x10000000 + writer, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    *metadata = newWriterMetadata(writer);
    return S_OK;
  }
  STDMETHODIMP AddComponent(VSS_ID instance, VSS_ID writer, VSS_COMPONENT_TYPE type,
                            LPCWSTR path, LPCWSTR name) override {
    char text[200];
    const wchar_t *shown = path == nullptr ? L"-" : path;
    const int length = WideCharToMultiByte(CP_UTF8, 0, shown, -1, text, sizeof text, nullptr, nullptr);
    note("AddComponent(%08lx, %08lx, %d, %.*s, %ls)", instance.Data1, writer.Data1, type,
         length, text, name);
    return step("AddComponent", DESCRIBED, DESCRIBED);
  }
  STDMETHODIMP StartSnapshotSet(VSS_ID *set) override {
    *set = GUID{0x5e7};
    return step("StartSnapshotSet", DESCRIBED, STARTED);
  }
  STDMETHODIMP AddToSnapshotSet(VSS_PWSZ volume, VSS_ID provider, VSS_ID *snapshot) override {
    note("AddToSnapshotSet(%ls, %08lx)", volume, provider.Data1);
    asked_++;
    char numbered[32];
    snprintf(numbered, sizeof numbered, "AddToSnapshotSet.%d", asked_);
    HRESULT result = step("AddToSnapshotSet", STARTED, STARTED);
    if (SUCCEEDED(result)) result = injected(numbered);
    if (SUCCEEDED(result)) result = askProvider(provider, volume);
    if (FAILED(result) || count_ == VOLUMES_MAX) return result;
    lstrcpynW(volumes_[count_++], volume, 64);
    *snapshot = GUID{(DWORD)count_};
    return S_OK;
  }
  STDMETHODIMP PrepareForBackup(IVssAsync **async) override {
    return count_ == 0 ? VSS_E_BAD_STATE : begin("PrepareForBackup", STARTED, PREPARED, async);
  }
  STDMETHODIMP GatherWriterStatus(IVssAsync **async) override {
    return begin("GatherWriterStatus", stage_, stage_, async);
  }
  STDMETHODIMP GetWriterStatusCount(UINT *count) override {
    *count = WRITERS;
    return S_OK;
  }
  STDMETHODIMP FreeWriterStatus() override {
    note("FreeWriterStatus");
    return S_OK;
  }
  STDMETHODIMP GetWriterStatus(UINT index, VSS_ID *instance, VSS_ID *writer, BSTR *name,
                               VSS_WRITER_STATE *state, HRESULT *failure) override {
    *instance = *writer = GUID{index};
    *name = SysAllocString(writerName(index));
    const bool isBad = index == 1;
    *state = VSS_WRITER_STATE(isBad ? setting("writer-state", VSS_WS_STABLE) : VSS_WS_STABLE);
    *failure = isBad ? HRESULT(setting("writer-failure", 0)) : S_OK;
    return S_OK;
  }
  STDMETHODIMP DoSnapshotSet(IVssAsync **async) override {
    return begin("DoSnapshotSet", PREPARED, DONE, async, &snapshot);
  }
  STDMETHODIMP BackupComplete(IVssAsync **async) override {
    return begin("BackupComplete", DONE, DONE, async);
  }
  STDMETHODIMP AbortBackup() override {
    note("AbortBackup");
    return injected("AbortBackup");
  }

  UNUSED(GetWriterComponentsCount, (UINT *))
  UNUSED(GetWriterComponents, (UINT, IVssWriterComponentsExt **))
  UNUSED(InitializeForRestore, (BSTR))
  UNUSED(SetRestoreState, (VSS_RESTORE_TYPE))
  UNUSED(FreeWriterMetadata, ())
  UNUSED(SetBackupSucceeded, (VSS_ID, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, boolean))
  UNUSED(SetBackupOptions, (VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR))
  UNUSED(SetSelectedForRestore, (VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, boolean))
  UNUSED(SetRestoreOptions, (VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR))
  UNUSED(SetAdditionalRestores, (VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, boolean))
  UNUSED(SetPreviousBackupStamp, (VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR))
  UNUSED(SaveAsXML, (BSTR *))
  UNUSED(AddAlternativeLocationMapping, (VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR,
                                         LPCWSTR, boolean, LPCWSTR))
  UNUSED(AddRestoreSubcomponent, (VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR, LPCWSTR,
                                  boolean))
  UNUSED(SetFileRestoreStatus, (VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR,
                                VSS_FILE_RESTORE_STATUS))
  UNUSED(AddNewTarget, (VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR, LPCWSTR, boolean,
                        LPCWSTR))
  UNUSED(SetRangesFilePath, (VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, UINT, LPCWSTR))
  UNUSED(PreRestore, (IVssAsync **))
  UNUSED(PostRestore, (IVssAsync **))
  UNUSED(DeleteSnapshots, (VSS_ID, VSS_OBJECT_TYPE, WINBOOL, LONG *, VSS_ID *))
  UNUSED(ImportSnapshots, (IVssAsync **))
  UNUSED(BreakSnapshotSet, (VSS_ID))
  UNUSED(GetSnapshotProperties, (VSS_ID, VSS_SNAPSHOT_PROP *))
  UNUSED(Query, (VSS_ID, VSS_OBJECT_TYPE, VSS_OBJECT_TYPE, IVssEnumObject **))
  UNUSED(IsVolumeSupported, (VSS_ID, VSS_PWSZ, WINBOOL *))
  UNUSED(DisableWriterClasses, (const VSS_ID *, UINT))
  UNUSED(EnableWriterClasses, (const VSS_ID *, UINT))
  UNUSED(DisableWriterInstances, (const VSS_ID *, UINT))
  UNUSED(ExposeSnapshot, (VSS_ID, VSS_PWSZ, LONG, VSS_PWSZ, VSS_PWSZ *))
  UNUSED(RevertToSnapshot, (VSS_ID, WINBOOL))
  UNUSED(QueryRevertStatus, (VSS_PWSZ, IVssAsync **))

 private:
  bool answers(REFIID id) override { return id == __uuidof(IVssBackupComponents); }

  HRESULT step(const char *name, Stage from, Stage to) {
    if (stage_ != from) {
      note("BAD STATE %s", name);
      return VSS_E_BAD_STATE;
    }
    const HRESULT failure = injected(name);
    if (SUCCEEDED(failure)) stage_ = to;
    return failure;
  }

  HRESULT begin(const char *name, Stage from, Stage to, IVssAsync **async,
                HRESULT (*work)(void *, const char *) = nullptr) {
    note("%s", name);
    const HRESULT failure = step(name, from, to);
    if (FAILED(failure)) return failure;
    auto *made = new Async(name);
    made->work = work;
    made->context = this;
    made->start();
    *async = made;
    return S_OK;
  }

  static HRESULT snapshot(void *object, const char *step) {
    const HRESULT failure = injected(step);
    auto *self = static_cast<Components *>(object);
    return FAILED(failure) ? failure : doSnapshotSet(self->volumes_, self->count_);
  }

  Stage stage_ = NEW;
  int asked_ = 0, count_ = 0;
  wchar_t volumes_[VOLUMES_MAX][64];
};

}  // namespace

STDAPI
CreateVssBackupComponentsInternal(IVssBackupComponents **components) {
  const HRESULT failure = injected("CreateVssBackupComponents");
  if (FAILED(failure)) return failure;
  *components = new Components();
  return S_OK;
}
