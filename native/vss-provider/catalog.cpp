// SPDX-License-Identifier: Apache-2.0
//
// learn.microsoft.com/windows/win32/cossdk/com--administration-collections
#include "catalog.h"

#include <sddl.h>

#include "identity.h"

namespace {

constexpr SHORT PACKET_PRIVACY = 6;
constexpr SHORT SECURE_REFERENCE = 2;
constexpr SHORT IDENTIFY = 2;
constexpr DWORD NAME_CHARACTERS_MAX = 256;

/** The name of a group or account in the language of the system. */
bool accountName(const wchar_t *sid, wchar_t (&name)[NAME_CHARACTERS_MAX]) {
  PSID binary = nullptr;
  if (!ConvertStringSidToSidW(sid, &binary)) return false;
  wchar_t domain[NAME_CHARACTERS_MAX];
  DWORD characters = NAME_CHARACTERS_MAX, domainCharacters = NAME_CHARACTERS_MAX;
  SID_NAME_USE use;
  const bool isFound =
      LookupAccountSidW(nullptr, binary, name, &characters, domain, &domainCharacters, &use);
  LocalFree(binary);
  return isFound;
}

/** GetCollection gives an IDispatch; asked for what it is. */
HRESULT asCollection(HRESULT result, Com<IDispatch> &found, Com<ICatalogCollection> &collection) {
  if (FAILED(result)) return result;
  const HRESULT isOne =
      found->QueryInterface(__uuidof(ICatalogCollection), collection.outVoid());
  return FAILED(isOne) ? isOne : collection->Populate();
}

HRESULT applications(Com<ICOMAdminCatalog2> &catalog, Com<ICatalogCollection> &collection) {
  Com<IDispatch> found;
  return asCollection(catalog->GetCollection(Text(L"Applications"), found.out()), found,
                      collection);
}

HRESULT below(Com<ICatalogCollection> &parent, const Value &key, const wchar_t *name,
              Com<ICatalogCollection> &collection) {
  Com<IDispatch> found;
  return asCollection(parent->GetCollection(Text(name), key, found.out()), found, collection);
}

HRESULT add(Com<ICatalogCollection> &collection, Com<ICatalogObject> &object) {
  Com<IDispatch> made;
  const HRESULT result = collection->Add(made.out());
  return FAILED(result) ? result
                        : made->QueryInterface(__uuidof(ICatalogObject), object.outVoid());
}

template <typename T>
HRESULT put(Com<ICatalogObject> &object, const wchar_t *property, T value) {
  return object->put_Value(Text(property), Value(value));
}

HRESULT save(Com<ICatalogCollection> &collection) {
  LONG changes = 0;
  return collection->SaveChanges(&changes);
}

/** Only administrators and the system may call the provider. */
bool addRole(Steps &steps, Com<ICatalogCollection> &all, const Value &application) {
  wchar_t administrators[NAME_CHARACTERS_MAX], system[NAME_CHARACTERS_MAX];
  if (!accountName(L"S-1-5-32-544", administrators) || !accountName(L"S-1-5-18", system))
    return steps.done(L"name the administrators and the system",
                      HRESULT_FROM_WIN32(GetLastError()));
  wchar_t local[NAME_CHARACTERS_MAX + 2] = L".\\";
  lstrcatW(local, administrators);

  Com<ICatalogCollection> roles, users;
  Com<ICatalogObject> role, first, second;
  Value key;
  return steps.done(L"list the roles", below(all, application, L"Roles", roles)) &&
         steps.done(L"add a role", add(roles, role)) &&
         steps.done(L"name the role", put(role, L"Name", administrators)) &&
         steps.done(L"describe the role", put(role, L"Description", L"Administrators group")) &&
         steps.done(L"save the role", save(roles)) &&
         steps.done(L"find the role", role->get_Key(&key)) &&
         steps.done(L"list the role's users", below(roles, key, L"UsersInRole", users)) &&
         steps.done(L"add the administrators", add(users, first)) &&
         steps.done(L"name the administrators", put(first, L"User", local)) &&
         steps.done(L"add the system", add(users, second)) &&
         steps.done(L"name the system", put(second, L"User", system)) &&
         steps.done(L"save the role's users", save(users));
}

bool isOurs(Com<ICatalogCollection> &all, LONG index) {
  Com<IDispatch> item;
  Com<ICatalogObject> application;
  Value name;
  return SUCCEEDED(all->get_Item(index, item.out())) &&
         SUCCEEDED(item->QueryInterface(__uuidof(ICatalogObject), application.outVoid())) &&
         SUCCEEDED(application->get_Name(&name)) && name.vt == VT_BSTR &&
         lstrcmpiW(name.bstrVal, PROVIDER_NAME) == 0;
}

}  // namespace

bool openCatalog(Steps &steps, Com<ICOMAdminCatalog2> &catalog) {
  return steps.done(L"open the COM+ catalog",
                    CoCreateInstance(__uuidof(COMAdminCatalog), nullptr, CLSCTX_INPROC_SERVER,
                                     __uuidof(ICOMAdminCatalog2), catalog.outVoid()));
}

bool addApplication(Steps &steps, Com<ICOMAdminCatalog2> &catalog, const wchar_t *library,
                    const wchar_t *typeLibrary) {
  const Text name(PROVIDER_NAME), none(L"");
  Com<ICatalogCollection> all;
  Com<ICatalogObject> application;
  Value key;
  return steps.done(L"list the COM+ applications", applications(catalog, all)) &&
         steps.done(L"add the COM+ application", add(all, application)) &&
         steps.done(L"name it", put(application, L"Name", PROVIDER_NAME)) &&
         steps.done(L"describe it", put(application, L"Description", PROVIDER_NAME)) &&
         steps.done(L"set its access checks",
                    put(application, L"ApplicationAccessChecksEnabled", true)) &&
         steps.done(L"set its authentication",
                    put(application, L"Authentication", PACKET_PRIVACY)) &&
         steps.done(L"set its authentication capability",
                    put(application, L"AuthenticationCapability", SECURE_REFERENCE)) &&
         steps.done(L"set its impersonation", put(application, L"ImpersonationLevel", IDENTIFY)) &&
         steps.done(L"save the COM+ application", save(all)) &&
         steps.done(L"find the COM+ application", application->get_Key(&key)) &&
         steps.done(L"make its service",
                    catalog->CreateServiceForApplication(
                        name, name, Text(L"SERVICE_DEMAND_START"), Text(L"SERVICE_ERROR_NORMAL"),
                        none, Text(L".\\localsystem"), none, VARIANT_FALSE)) &&
         steps.done(L"install the component",
                    catalog->InstallComponent(name, Text(library), Text(typeLibrary), none)) &&
         addRole(steps, all, key);
}

bool removeApplications(Steps &steps, Com<ICOMAdminCatalog2> &catalog) {
  Com<ICatalogCollection> all;
  LONG count = 0;
  if (!steps.done(L"list the COM+ applications", applications(catalog, all)) ||
      !steps.done(L"count the COM+ applications", all->get_Count(&count)))
    return false;
  bool isFound = false;
  for (LONG index = count - 1; index >= 0; index--) {
    if (!isOurs(all, index)) continue;
    // It has the library open while it runs; that it does not run is no failure.
    if (!isFound) catalog->ShutdownApplication(Text(PROVIDER_NAME));
    isFound = true;
    if (!steps.done(L"remove the COM+ application", all->Remove(index))) return false;
  }
  return !isFound || steps.done(L"save the COM+ applications", save(all));
}
