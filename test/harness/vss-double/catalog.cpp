// SPDX-License-Identifier: Apache-2.0
// Stand-ins for the catalog of COM+ and for VSS's administration, which write what those do into the registry.
#include <comadmin.h>
#include <stdio.h>
#include <vsadmin.h>

#include "double.h"

namespace {

/** A key for each application, with its name. */
#define APPLICATIONS L"Software\\vss-double\\Applications"
#define SERVICES L"SYSTEM\\CurrentControlSet\\Services\\"
#define PROVIDERS L"SYSTEM\\CurrentControlSet\\Services\\VSS\\Providers\\"

#define NO_DISPATCH                                                            \
  UNUSED(GetTypeInfoCount, (UINT *))                                           \
  UNUSED(GetTypeInfo, (UINT, LCID, ITypeInfo **))                              \
  UNUSED(GetIDsOfNames, (REFIID, LPOLESTR *, UINT, LCID, DISPID *))            \
  UNUSED(Invoke, (DISPID, REFIID, LCID, WORD, DISPPARAMS *, VARIANT *, EXCEPINFO *, UINT *))

void setText(const wchar_t *key, const wchar_t *name, const wchar_t *text) {
  RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, name, REG_SZ, text, (lstrlenW(text) + 1) * 2);
}

class Object final : public Counted<ICatalogObject> {
 public:
  explicit Object(const wchar_t *key) : Counted("CatalogObject") { lstrcpynW(key_, key, 64); }
  NO_DISPATCH
  STDMETHODIMP put_Value(BSTR property, VARIANT value) override {
    if (value.vt == VT_BSTR)
      note("put %ls = %ls", property, value.bstrVal);
    else
      note("put %ls = %d (%d)", property, value.iVal, value.vt);
    if (lstrcmpW(property, L"Name") == 0) lstrcpynW(name_, value.bstrVal, 64);
    return injected("put_Value");
  }
  STDMETHODIMP get_Key(VARIANT *key) override {
    key->vt = VT_BSTR;
    key->bstrVal = SysAllocString(key_);
    return S_OK;
  }
  STDMETHODIMP get_Name(VARIANT *name) override {
    name->vt = VT_BSTR;
    name->bstrVal = SysAllocString(name_);
    return S_OK;
  }
  UNUSED(get_Value, (BSTR, VARIANT *))
  UNUSED(IsPropertyReadOnly, (BSTR, VARIANT_BOOL *))
  UNUSED(get_Valid, (VARIANT_BOOL *))
  UNUSED(IsPropertyWriteOnly, (BSTR, VARIANT_BOOL *))

  wchar_t key_[64], name_[64] = L"";

 private:
  bool answers(REFIID id) override {
    return id == __uuidof(IDispatch) || id == __uuidof(ICatalogObject);
  }
};

constexpr LONG OBJECTS_MAX = 8;

class Collection final : public Counted<ICatalogCollection> {
 public:
  explicit Collection(const wchar_t *name) : Counted("CatalogCollection") {
    lstrcpynW(kind_, name, 32);
  }
  ~Collection() override {
    for (LONG i = 0; i < count_; i++) objects_[i]->Release();
  }
  NO_DISPATCH
  STDMETHODIMP GetCollection(BSTR name, VARIANT key, IDispatch **collection) override {
    note("GetCollection(%ls, %ls)", name, key.bstrVal);
    *collection = new Collection(name);
    return S_OK;
  }
  STDMETHODIMP Populate() override {
    isPopulated_ = true;
    if (!isApplications()) return S_OK;
    HKEY all;
    if (RegOpenKeyW(HKEY_LOCAL_MACHINE, APPLICATIONS, &all) != 0) return S_OK;
    wchar_t key[64], name[64];
    for (DWORD i = 0; RegEnumKeyW(all, i, key, 64) == 0 && count_ < OBJECTS_MAX; i++) {
      DWORD size = sizeof name;
      RegGetValueW(all, key, L"Name", RRF_RT_REG_SZ, nullptr, name, &size);
      objects_[count_] = new Object(key);
      lstrcpynW(objects_[count_++]->name_, name, 64);
    }
    RegCloseKey(all);
    return S_OK;
  }
  STDMETHODIMP get_Count(LONG *count) override {
    *count = count_;
    return isPopulated_ ? S_OK : E_UNEXPECTED;
  }
  STDMETHODIMP get_Item(LONG index, IDispatch **item) override {
    if (index < 0 || index >= count_) return E_INVALIDARG;
    *item = objects_[index];
    (*item)->AddRef();
    return S_OK;
  }
  STDMETHODIMP Add(IDispatch **item) override {
    note("Add to %ls", kind_);
    if (!isPopulated_ || count_ == OBJECTS_MAX) return E_UNEXPECTED;
    wchar_t key[64];
    swprintf(key, 64, L"{%08lX-made-by-the-double}", GetTickCount() + count_);
    *item = objects_[count_++] = new Object(key);
    (*item)->AddRef();
    return S_OK;
  }
  STDMETHODIMP Remove(LONG index) override {
    note("Remove from %ls", kind_);
    if (index < 0 || index >= count_) return E_INVALIDARG;
    wchar_t key[160];
    swprintf(key, 160, APPLICATIONS L"\\%ls", objects_[index]->key_);
    RegDeleteKeyW(HKEY_LOCAL_MACHINE, key);
    // The application's service goes with it.
    swprintf(key, 160, SERVICES L"%ls", objects_[index]->name_);
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, key);
    objects_[index]->Release();
    for (count_--; index < count_; index++) objects_[index] = objects_[index + 1];
    return S_OK;
  }
  STDMETHODIMP SaveChanges(LONG *changes) override {
    note("SaveChanges of %ls", kind_);
    const HRESULT failure = injected("SaveChanges");
    if (FAILED(failure)) return failure;
    for (LONG i = 0; i < count_ && isApplications(); i++) {
      wchar_t key[160];
      swprintf(key, 160, APPLICATIONS L"\\%ls", objects_[i]->key_);
      setText(key, L"Name", objects_[i]->name_);
    }
    *changes = count_;
    return S_OK;
  }
  UNUSED(get__NewEnum, (IUnknown **))
  UNUSED(get_Name, (VARIANT *))
  UNUSED(get_AddEnabled, (VARIANT_BOOL *))
  UNUSED(get_RemoveEnabled, (VARIANT_BOOL *))
  UNUSED(GetUtilInterface, (IDispatch **))
  UNUSED(get_DataStoreMajorVersion, (LONG *))
  UNUSED(get_DataStoreMinorVersion, (LONG *))
  UNUSED(PopulateByKey, (SAFEARRAY *))
  UNUSED(PopulateByQuery, (BSTR, LONG))

 private:
  bool isApplications() const { return lstrcmpW(kind_, L"Applications") == 0; }
  bool answers(REFIID id) override {
    return id == __uuidof(IDispatch) || id == __uuidof(ICatalogCollection);
  }
  wchar_t kind_[32];
  Object *objects_[OBJECTS_MAX];
  LONG count_ = 0;
  bool isPopulated_ = false;
};

class Catalog final : public Counted<ICOMAdminCatalog2> {
 public:
  Catalog() : Counted("Catalog") {}
  NO_DISPATCH
  STDMETHODIMP GetCollection(BSTR name, IDispatch **collection) override {
    *collection = new Collection(name);
    return S_OK;
  }
  STDMETHODIMP ShutdownApplication(BSTR application) override {
    note("ShutdownApplication(%ls)", application);
    return S_OK;
  }
  STDMETHODIMP CreateServiceForApplication(BSTR application, BSTR service, BSTR start, BSTR error,
                                           BSTR needs, BSTR account, BSTR password,
                                           VARIANT_BOOL isDesktop) override {
    note("CreateServiceForApplication(%ls, %ls, %ls, %ls, [%ls], %ls, [%ls], %d)", application,
         service, start, error, needs, account, password, isDesktop);
    wchar_t key[160];
    swprintf(key, 160, SERVICES L"%ls", service);
    setText(key, L"ImagePath", L"C:\\windows\\system32\\dllhost.exe /Processid:{}");
    return injected("CreateServiceForApplication");
  }
  /** Reads the type library, as COM+ does, and has the library register what is in it. */
  STDMETHODIMP InstallComponent(BSTR application, BSTR library, BSTR types, BSTR proxies) override {
    note("InstallComponent(%ls, %ls, %ls, [%ls])", application, library, types, proxies);
    ITypeLib *typeLibrary = nullptr;
    HRESULT result = LoadTypeLibEx(types, REGKIND_NONE, &typeLibrary);
    if (FAILED(result)) return result;
    noteClasses(typeLibrary);
    typeLibrary->Release();
    const HMODULE module = LoadLibraryW(library);
    auto *registerServer =
        reinterpret_cast<HRESULT(WINAPI *)()>(GetProcAddress(module, "DllRegisterServer"));
    result = registerServer == nullptr ? E_FAIL : registerServer();
    FreeLibrary(module);
    const HRESULT failure = injected("InstallComponent");
    return FAILED(failure) ? failure : result;
  }
  UNUSED(Connect, (BSTR, IDispatch **))
  UNUSED(get_MajorVersion, (LONG *))
  UNUSED(get_MinorVersion, (LONG *))
  UNUSED(GetCollectionByQuery, (BSTR, SAFEARRAY **, IDispatch **))
  UNUSED(ImportComponent, (BSTR, BSTR))
  UNUSED(ExportApplication, (BSTR, BSTR, LONG))
  UNUSED(InstallApplication, (BSTR, BSTR, LONG, BSTR, BSTR, BSTR))
  UNUSED(StopRouter, ())
  UNUSED(RefreshRouter, ())
  UNUSED(StartRouter, ())
  UNUSED(Reserved1, ())
  UNUSED(Reserved2, ())
  UNUSED(InstallMultipleComponents, (BSTR, SAFEARRAY **, SAFEARRAY **))
  UNUSED(GetMultipleComponentsInfo, (BSTR, SAFEARRAY **, SAFEARRAY **, SAFEARRAY **, SAFEARRAY **,
                                     SAFEARRAY **))
  UNUSED(RefreshComponents, ())
  UNUSED(BackupREGDB, (BSTR))
  UNUSED(RestoreREGDB, (BSTR))
  UNUSED(QueryApplicationFile, (BSTR, BSTR *, BSTR *, VARIANT_BOOL *, VARIANT_BOOL *, SAFEARRAY **))
  UNUSED(StartApplication, (BSTR))
  UNUSED(ServiceCheck, (LONG, LONG *))
  UNUSED(InstallMultipleEventClasses, (BSTR, SAFEARRAY **, SAFEARRAY **))
  UNUSED(InstallEventClass, (BSTR, BSTR, BSTR, BSTR))
  UNUSED(GetEventClassesForIID, (BSTR, SAFEARRAY **, SAFEARRAY **, SAFEARRAY **))
  UNUSED(GetCollectionByQuery2, (BSTR, VARIANT *, IDispatch **))
  UNUSED(GetApplicationInstanceIDFromProcessID, (LONG, BSTR *))
  UNUSED(ShutdownApplicationInstances, (VARIANT *))
  UNUSED(PauseApplicationInstances, (VARIANT *))
  UNUSED(ResumeApplicationInstances, (VARIANT *))
  UNUSED(RecycleApplicationInstances, (VARIANT *, LONG))
  UNUSED(AreApplicationInstancesPaused, (VARIANT *, VARIANT_BOOL *))
  UNUSED(DumpApplicationInstance, (BSTR, BSTR, LONG, BSTR *))
  UNUSED(get_IsApplicationInstanceDumpSupported, (VARIANT_BOOL *))
  UNUSED(DeleteServiceForApplication, (BSTR))
  UNUSED(GetPartitionID, (BSTR, BSTR *))
  UNUSED(GetPartitionName, (BSTR, BSTR *))
  UNUSED(put_CurrentPartition, (BSTR))
  UNUSED(get_CurrentPartitionID, (BSTR *))
  UNUSED(get_CurrentPartitionName, (BSTR *))
  UNUSED(get_GlobalPartitionID, (BSTR *))
  UNUSED(FlushPartitionCache, ())
  UNUSED(CopyApplications, (BSTR, VARIANT *, BSTR))
  UNUSED(CopyComponents, (BSTR, VARIANT *, BSTR))
  UNUSED(MoveComponents, (BSTR, VARIANT *, BSTR))
  UNUSED(AliasComponent, (BSTR, BSTR, BSTR, BSTR, BSTR))
  UNUSED(IsSafeToDelete, (BSTR, COMAdminInUse *))
  UNUSED(ImportUnconfiguredComponents, (BSTR, VARIANT *, VARIANT *))
  UNUSED(PromoteUnconfiguredComponents, (BSTR, VARIANT *, VARIANT *))
  UNUSED(ImportComponents, (BSTR, VARIANT *, VARIANT *))
  UNUSED(get_Is64BitCatalogServer, (VARIANT_BOOL *))
  UNUSED(ExportPartition, (BSTR, BSTR, LONG))
  UNUSED(InstallPartition, (BSTR, BSTR, LONG, BSTR, BSTR, BSTR))
  UNUSED(QueryApplicationFile2, (BSTR, IDispatch **))
  UNUSED(GetComponentVersionCount, (BSTR, LONG *))

 private:
  static void noteClasses(ITypeLib *library) {
    for (UINT i = 0; i < library->GetTypeInfoCount(); i++) {
      ITypeInfo *info = nullptr;
      TYPEATTR *attributes = nullptr;
      if (FAILED(library->GetTypeInfo(i, &info)) || FAILED(info->GetTypeAttr(&attributes))) continue;
      wchar_t text[40];
      StringFromGUID2(attributes->guid, text, 40);
      note("type %d %ls with %d interfaces", attributes->typekind, text, attributes->cImplTypes);
      info->ReleaseTypeAttr(attributes);
      info->Release();
    }
  }
  bool answers(REFIID id) override {
    return id == __uuidof(IDispatch) || id == __uuidof(ICOMAdminCatalog) ||
           id == __uuidof(ICOMAdminCatalog2);
  }
};

class Admin final : public Counted<IVssAdmin> {
 public:
  Admin() : Counted("Admin") {}
  STDMETHODIMP RegisterProvider(VSS_ID id, CLSID classId, VSS_PWSZ name, VSS_PROVIDER_TYPE type,
                                VSS_PWSZ version, VSS_ID versionId) override {
    wchar_t key[160], text[40], below[200];
    keyOf(id, key);
    const HRESULT failure = injected("RegisterProvider");
    if (FAILED(failure)) return failure;
    HKEY existing;
    if (RegOpenKeyW(HKEY_LOCAL_MACHINE, key, &existing) == 0) {
      RegCloseKey(existing);
      return VSS_E_PROVIDER_ALREADY_REGISTERED;
    }
    const DWORD number = type;
    setText(key, nullptr, name);
    RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, L"Type", REG_DWORD, &number, sizeof number);
    setText(key, L"Version", version);
    StringFromGUID2(versionId, text, 40);
    setText(key, L"VersionId", text);
    StringFromGUID2(classId, text, 40);
    swprintf(below, 200, L"%ls\\CLSID", key);
    setText(below, nullptr, text);
    note("RegisterProvider(%ls, %ls, %d, %ls)", text, name, type, version);
    return S_OK;
  }
  STDMETHODIMP UnregisterProvider(VSS_ID id) override {
    wchar_t key[160];
    keyOf(id, key);
    note("UnregisterProvider");
    return RegDeleteTreeW(HKEY_LOCAL_MACHINE, key) == 0 ? S_OK : VSS_E_OBJECT_NOT_FOUND;
  }
  UNUSED(QueryProviders, (IVssEnumObject **))
  UNUSED(AbortAllSnapshotsInProgress, ())

 private:
  static void keyOf(const GUID &id, wchar_t (&key)[160]) {
    wchar_t text[40];
    StringFromGUID2(id, text, 40);
    swprintf(key, 160, PROVIDERS L"%ls", text);
  }
  bool answers(REFIID id) override { return id == __uuidof(IVssAdmin); }
};

class Factory final : public IClassFactory {
 public:
  explicit Factory(bool isCatalog) : isCatalog_(isCatalog) {}
  STDMETHODIMP QueryInterface(REFIID, void **object) override {
    *object = this;
    return S_OK;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return 2; }
  STDMETHODIMP_(ULONG) Release() override { return 1; }
  STDMETHODIMP CreateInstance(IUnknown *, REFIID id, void **object) override {
    IUnknown *made = isCatalog_ ? static_cast<IUnknown *>(new Catalog()) : new Admin();
    const HRESULT result = made->QueryInterface(id, object);
    made->Release();
    return result;
  }
  STDMETHODIMP LockServer(WINBOOL) override { return S_OK; }

 private:
  const bool isCatalog_;
};

Factory catalogs(true), admins(false);

}  // namespace

STDAPI DllGetClassObject(REFCLSID classId, REFIID id, void **object) {
  if (classId == __uuidof(COMAdminCatalog)) return catalogs.QueryInterface(id, object);
  if (classId == __uuidof(VSSCoordinator)) return admins.QueryInterface(id, object);
  return CLASS_E_CLASSNOTAVAILABLE;
}

STDAPI DllCanUnloadNow() { return S_FALSE; }
