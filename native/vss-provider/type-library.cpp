// SPDX-License-Identifier: Apache-2.0
//
// COM+ learns the classes of a library from a type library. It is written at installation, by the system itself:
// learn.microsoft.com/windows/win32/api/oleauto/nf-oleauto-createtypelib2
#include "type-library.h"

#include "com.h"
#include "identity.h"

namespace {

constexpr GUID STANDARD_TYPES = {
    0x00020430, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

HRESULT nameLibrary(ICreateTypeLib2 *library) {
  HRESULT result = library->SetGuid(PROVIDER_LIBRARY);
  if (SUCCEEDED(result)) result = library->SetVersion(1, 0);
  if (SUCCEEDED(result)) result = library->SetLcid(LOCALE_NEUTRAL);
  if (SUCCEEDED(result)) result = library->SetName(Text(PROVIDER_LIBRARY_NAME));
  return result;
}

HRESULT addClass(ICreateTypeLib2 *library, ITypeInfo *unknown) {
  Com<ICreateTypeInfo> made;
  HRESULT result = library->CreateTypeInfo(Text(PROVIDER_CLASS_NAME), TKIND_COCLASS, made.out());
  if (SUCCEEDED(result)) result = made->SetGuid(PROVIDER_CLASS);
  if (SUCCEEDED(result)) result = made->SetTypeFlags(TYPEFLAG_FCANCREATE);
  HREFTYPE interface_ = 0;
  if (SUCCEEDED(result)) result = made->AddRefTypeInfo(unknown, &interface_);
  if (SUCCEEDED(result)) result = made->AddImplType(0, interface_);
  if (SUCCEEDED(result)) result = made->SetImplTypeFlags(0, IMPLTYPEFLAG_FDEFAULT);
  if (SUCCEEDED(result)) result = made->LayOut();
  return result;
}

}  // namespace

HRESULT writeTypeLibrary(const wchar_t *path) {
  Com<ITypeLib> standard;
  HRESULT result = LoadRegTypeLib(STANDARD_TYPES, 2, 0, LOCALE_NEUTRAL, standard.out());
  if (FAILED(result)) result = LoadTypeLib(L"stdole2.tlb", standard.out());
  Com<ITypeInfo> unknown;
  if (SUCCEEDED(result))
    result = standard->GetTypeInfoOfGuid(__uuidof(IUnknown), unknown.out());
  if (FAILED(result)) return result;
  DeleteFileW(path);
  Com<ICreateTypeLib2> library;
  result = CreateTypeLib2(SYS_WIN64, path, library.out());
  if (SUCCEEDED(result)) result = nameLibrary(library.get());
  if (SUCCEEDED(result)) result = addClass(library.get(), unknown.get());
  if (SUCCEEDED(result)) result = library->SaveAllChanges();
  return result;
}
