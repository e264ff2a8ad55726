// SPDX-License-Identifier: Apache-2.0
//
// A program for Windows that does to the provider and to its events what the agent and VSS do:
//   client interfaces DLL   what the objects of the library answer
//   client commit DLL       makes the events and commits; prints for how long, and what was signalled
//   client join DLL         commits by the events that another process makes
//   client thaw MS          signals the thaw after a time
//   client requester MS     makes the events, and dies after a time
//   client events           prints the access list of each event that is there
#include <initguid.h>
#include <windows.h>

#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vss.h>
#include <vsprov.h>

#include "../../../../native/vss-provider/identity.h"

static_assert(HOLD_LIMIT_MS == 60000, "the limit that is documented");

namespace {

constexpr const wchar_t *EVENTS[] = {EVENT_FROZEN, EVENT_THAW, EVENT_TIMEOUT};
HANDLE events[3];

void makeEvents() {
  for (int i = 0; i < 3; i++) events[i] = CreateEventW(nullptr, TRUE, FALSE, EVENTS[i]);
}

bool isSet(int i) { return WaitForSingleObject(events[i], 0) == WAIT_OBJECT_0; }

IClassFactory *factoryOf(const char *path) {
  const HMODULE module = LoadLibraryA(path);
  const auto get = reinterpret_cast<HRESULT(WINAPI *)(REFCLSID, REFIID, void **)>(
      GetProcAddress(module, "DllGetClassObject"));
  IClassFactory *factory = nullptr;
  if (get == nullptr) {
    printf("cannot load: %lu\n", GetLastError());
    exit(1);
  }
  const HRESULT other = get(PROVIDER_ID, __uuidof(IClassFactory), (void **)&factory);
  const HRESULT ours = get(PROVIDER_CLASS, __uuidof(IClassFactory), (void **)&factory);
  printf("class objects: %08lx %08lx\n", other, ours);
  return factory;
}

template <typename T>
T *as(IUnknown *object, const char *name) {
  T *found = nullptr;
  printf("%s: %08lx\n", name, object->QueryInterface(__uuidof(T), (void **)&found));
  return found;
}

void showInterfaces(const char *path) {
  IClassFactory *factory = factoryOf(path);
  const auto canUnload = reinterpret_cast<HRESULT(WINAPI *)()>(
      GetProcAddress(GetModuleHandleA(path), "DllCanUnloadNow"));
  IUnknown *provider = nullptr;
  printf("aggregated: %08lx\n",
         factory->CreateInstance(factory, IID_IUnknown, (void **)&provider));
  printf("made: %08lx\n", factory->CreateInstance(nullptr, IID_IUnknown, (void **)&provider));
  auto *software = as<IVssSoftwareSnapshotProvider>(provider, "software");
  auto *set = as<IVssProviderCreateSnapshotSet>(provider, "set");
  auto *notifications = as<IVssProviderNotifications>(provider, "notifications");
  as<IVssHardwareSnapshotProvider>(provider, "hardware");
  IUnknown *same = nullptr;
  set->QueryInterface(IID_IUnknown, (void **)&same);
  printf("one object: %d\n", same == provider);

  WINBOOL isTrue = -1;
  LONG number = -1;
  VSS_ID id = {};
  VSS_SNAPSHOT_PROP property;
  IVssEnumObject *all = nullptr;
  VSS_OBJECT_PROP object;
  ULONG fetched = 9;
  wchar_t volume[] = L"C:\\";
  printf("supported: %08lx", software->IsVolumeSupported(volume, &isTrue));
  printf(" %d", isTrue);
  makeEvents();
  printf(" %08lx", software->IsVolumeSupported(volume, &isTrue));
  printf(" %d\n", isTrue);
  printf("snapshotted: %08lx", software->IsVolumeSnapshotted(volume, &isTrue, &number));
  printf(" %d %ld\n", isTrue, number);
  printf("properties: %08lx\n", software->GetSnapshotProperties(id, &property));
  number = -1;
  printf("deleted: %08lx",
         software->DeleteSnapshots(PROVIDER_ID, VSS_OBJECT_SNAPSHOT, TRUE, &number, &id));
  printf(" %ld %d\n", number, IsEqualGUID(id, PROVIDER_ID));
  printf("query: %08lx",
         software->Query(id, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT, &all));
  printf(" %08lx", all->Next(1, &object, &fetched));
  printf(" %lu %08lx %08lx\n", fetched, all->Skip(1), all->Reset());
  printf("revert: %08lx\n", software->RevertToSnapshot(id));
  printf("order: %08lx %08lx %08lx %08lx %08lx %08lx %08lx %08lx %08lx %08lx\n",
         notifications->OnLoad(nullptr), software->SetContext(9),
         software->BeginPrepareSnapshot(id, id, volume, 9), set->EndPrepareSnapshots(id),
         set->PreCommitSnapshots(id), set->PostCommitSnapshots(id, 1),
         set->PreFinalCommitSnapshots(id), set->PostFinalCommitSnapshots(id),
         set->AbortSnapshots(id), notifications->OnUnload(FALSE));
  printf("in use: %08lx\n", canUnload());
  IUnknown *const held[] = {all, same, notifications, set, software, provider, factory};
  for (IUnknown *each : held) each->Release();
  printf("not in use: %08lx\n", canUnload());
}

void commit(const char *path, bool isOurs) {
  IClassFactory *factory = factoryOf(path);
  IVssProviderCreateSnapshotSet *set = nullptr;
  factory->CreateInstance(nullptr, __uuidof(*set), (void **)&set);
  printf("without events: %08lx\n", set->CommitSnapshots(PROVIDER_ID));
  if (isOurs) makeEvents();
  while (!isOurs && (events[0] = OpenEventW(SYNCHRONIZE, FALSE, EVENT_FROZEN)) == nullptr) Sleep(5);
  if (!isOurs) CloseHandle(events[0]);
  const ULONGLONG start = GetTickCount64();
  printf("committing\n");
  fflush(stdout);
  const HRESULT result = set->CommitSnapshots(PROVIDER_ID);
  printf("committed: %08lx after %llu ms\n", result, GetTickCount64() - start);
  if (isOurs) printf("frozen %d, timeout %d\n", isSet(0), isSet(2));
}

void showAccess() {
  for (const wchar_t *name : EVENTS) {
    const HANDLE event = OpenEventW(READ_CONTROL, FALSE, name);
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    wchar_t *text = nullptr;
    if (event == nullptr ||
        GetSecurityInfo(event, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr,
                        nullptr, nullptr, &descriptor) != 0 ||
        !ConvertSecurityDescriptorToStringSecurityDescriptorW(
            descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, nullptr))
      printf("%ls: error %lu\n", name, GetLastError());
    else
      printf("%ls: %ls\n", name, text);
  }
}

}  // namespace

int main(int count, char **arguments) {
  setvbuf(stdout, nullptr, _IONBF, 0);
  const char *what = count > 1 ? arguments[1] : "";
  const char *with = count > 2 ? arguments[2] : "0";
  if (strcmp(what, "interfaces") == 0) showInterfaces(with);
  if (strcmp(what, "commit") == 0) commit(with, true);
  if (strcmp(what, "join") == 0) commit(with, false);
  if (strcmp(what, "events") == 0) showAccess();
  if (strcmp(what, "thaw") == 0) {
    HANDLE thaw;
    while ((thaw = OpenEventW(EVENT_MODIFY_STATE, FALSE, EVENT_THAW)) == nullptr) Sleep(5);
    Sleep(atoi(with));
    SetEvent(thaw);
  }
  if (strcmp(what, "requester") == 0) {
    makeEvents();
    printf("made\n");
    // Until the provider is in its commit, and as long as wanted after that.
    WaitForSingleObject(events[0], 30000);
    Sleep(atoi(with));
    TerminateProcess(GetCurrentProcess(), 1);
  }
  return 0;
}
