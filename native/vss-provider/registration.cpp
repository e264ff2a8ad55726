// SPDX-License-Identifier: Apache-2.0
//
// Makes the provider known: its class to COM, the provider to VSS, the process it runs in to COM+. Whatever an
// earlier registration left is removed first, so that to register is also to repair.
#include <initguid.h>
#include <vsadmin.h>

#include "catalog.h"
#include "identity.h"
#include "provider.h"
#include "type-library.h"

#ifndef PROVIDER_VERSION
#error "the version of the agent is given by the build"
#endif

// COM's own headers do not have it.
STDAPI DllUnregisterServer();

namespace {

constexpr DWORD PATH_CHARACTERS_MAX = 32768;
#define CLASS_KEY L"CLSID\\" PROVIDER_CLASS_TEXT

/** This thread as a user of COM, whatever it was before. */
class ComThread {
 public:
  ComThread() : isOurs_(SUCCEEDED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) {}
  ~ComThread() {
    if (isOurs_) CoUninitialize();
  }

 private:
  const bool isOurs_;
};

/** The backup type that an administrator chose. It lies in the key of the service, which goes with the application. */
class BackupType {
 public:
  BackupType() : isSet_(read()) {}
  ~BackupType() {
    if (isSet_)
      RegSetKeyValueW(HKEY_LOCAL_MACHINE, PROVIDER_SERVICE_KEY, L"VssOption", REG_DWORD, &type_,
                      sizeof type_);
  }

 private:
  bool read() {
    DWORD size = sizeof type_;
    return RegGetValueW(HKEY_LOCAL_MACHINE, PROVIDER_SERVICE_KEY, L"VssOption", RRF_RT_REG_DWORD,
                        nullptr, &type_, &size) == ERROR_SUCCESS;
  }

  DWORD type_ = 0;
  const bool isSet_;
};

wchar_t libraryPath[PATH_CHARACTERS_MAX];
wchar_t typeLibraryPath[PATH_CHARACTERS_MAX];

/** `…\qga-vss.dll` and `…\qga-vss.tlb` */
HRESULT findPaths() {
  const DWORD length = GetModuleFileNameW(self, libraryPath, PATH_CHARACTERS_MAX);
  if (length < 4 || length == PATH_CHARACTERS_MAX) return HRESULT_FROM_WIN32(GetLastError());
  lstrcpyW(typeLibraryPath, libraryPath);
  lstrcpyW(typeLibraryPath + length - 3, L"tlb");
  return S_OK;
}

HRESULT setText(const wchar_t *key, const wchar_t *name, const wchar_t *text) {
  const DWORD bytes = (lstrlenW(text) + 1) * sizeof *text;
  return HRESULT_FROM_WIN32(
      RegSetKeyValueW(HKEY_CLASSES_ROOT, key, name, REG_SZ, text, bytes));
}

HRESULT registerClass() {
  HRESULT result = findPaths();
  if (SUCCEEDED(result)) result = setText(CLASS_KEY, nullptr, PROVIDER_CLASS_TEXT);
  if (SUCCEEDED(result)) result = setText(CLASS_KEY L"\\InprocServer32", nullptr, libraryPath);
  if (SUCCEEDED(result))
    result = setText(CLASS_KEY L"\\InprocServer32", L"ThreadingModel", L"Apartment");
  if (SUCCEEDED(result)) result = setText(CLASS_KEY L"\\ProgID", nullptr, PROVIDER_PROGID);
  if (SUCCEEDED(result)) result = setText(PROVIDER_PROGID, nullptr, PROVIDER_NAME);
  if (SUCCEEDED(result))
    result = setText(PROVIDER_PROGID L"\\CLSID", nullptr, PROVIDER_CLASS_TEXT);
  return result;
}

void unregisterClass() {
  RegDeleteTreeW(HKEY_CLASSES_ROOT, CLASS_KEY);
  RegDeleteTreeW(HKEY_CLASSES_ROOT, PROVIDER_PROGID);
}

HRESULT openAdmin(Com<IVssAdmin> &admin) {
  return CoCreateInstance(__uuidof(VSSCoordinator), nullptr, CLSCTX_ALL, __uuidof(IVssAdmin),
                          admin.outVoid());
}

HRESULT registerWithVss() {
  Com<IVssAdmin> admin;
  const HRESULT opened = openAdmin(admin);
  if (FAILED(opened)) return opened;
  // VSS keeps the names; it is only not declared so.
  static wchar_t name[] = PROVIDER_NAME;
  static wchar_t version[] = PROVIDER_VERSION;
  const auto attempt = [&] {
    return admin->RegisterProvider(PROVIDER_ID, PROVIDER_CLASS, name, VSS_PROV_SOFTWARE, version,
                                   PROVIDER_VERSION_ID);
  };
  const HRESULT result = attempt();
  if (result != VSS_E_PROVIDER_ALREADY_REGISTERED) return result;
  admin->UnregisterProvider(PROVIDER_ID);
  return attempt();
}

bool unregisterAll(Steps &steps) {
  const BackupType kept;
  DllUnregisterServer();
  Com<ICOMAdminCatalog2> catalog;
  const bool isDone = openCatalog(steps, catalog) && removeApplications(steps, catalog);
  if (SUCCEEDED(findPaths())) DeleteFileW(typeLibraryPath);
  return isDone;
}

bool registerAll(Steps &steps) {
  const BackupType kept;
  Com<ICOMAdminCatalog2> catalog;
  if (!openCatalog(steps, catalog) || !removeApplications(steps, catalog)) return false;
  // COM+ calls DllRegisterServer, in whatever process it installs from.
  if (steps.done(L"find the library", findPaths()) &&
      steps.done(L"write the type library", writeTypeLibrary(typeLibraryPath)) &&
      addApplication(steps, catalog, libraryPath, typeLibraryPath))
    return true;
  Steps undoing;
  unregisterAll(undoing);
  return false;
}

}  // namespace

STDAPI DllRegisterServer() {
  const ComThread thread;
  HRESULT result = registerClass();
  if (SUCCEEDED(result)) result = registerWithVss();
  if (FAILED(result)) unregisterClass();
  return result;
}

STDAPI DllUnregisterServer() {
  const ComThread thread;
  Com<IVssAdmin> admin;
  if (SUCCEEDED(openAdmin(admin))) admin->UnregisterProvider(PROVIDER_ID);
  unregisterClass();
  return S_OK;
}

/** @param failed where to say which step did not succeed, a constant of this library */
STDAPI QgaRegister(const wchar_t **failed) {
  const ComThread thread;
  Steps steps;
  registerAll(steps);
  if (failed != nullptr) *failed = steps.failed();
  return steps.result();
}

/** As above. What is not there is no failure. */
STDAPI QgaUnregister(const wchar_t **failed) {
  const ComThread thread;
  Steps steps;
  unregisterAll(steps);
  if (failed != nullptr) *failed = steps.failed();
  return steps.result();
}

// What installers of qemu-ga call, themselves or through rundll32.

STDAPI COMRegister() { return QgaRegister(nullptr); }

STDAPI COMUnregister() { return QgaUnregister(nullptr); }

extern "C" void CALLBACK DLLCOMRegister(HWND, HINSTANCE, LPSTR, int) {
  const HRESULT result = COMRegister();
  if (FAILED(result)) ExitProcess(result);
}

extern "C" void CALLBACK DLLCOMUnregister(HWND, HINSTANCE, LPSTR, int) { COMUnregister(); }
