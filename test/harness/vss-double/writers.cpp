// SPDX-License-Identifier: Apache-2.0
// Two writers with two components each, one of which can be selected.
#include "writers.h"

#include <stdio.h>

#include "double.h"

namespace {

class Component final : public Counted<IVssWMComponent> {
 public:
  Component(UINT writer, UINT index) : Counted("Component"), writer_(writer), index_(index) {}

  STDMETHODIMP GetComponentInfo(PVSSCOMPONENTINFO *result) override {
    const HRESULT failure = injected("GetComponentInfo");
    if (FAILED(failure)) return failure;
    note("+ComponentInfo");
    auto *info = new VSS_COMPONENTINFO();
    wchar_t name[32];
    swprintf(name, 32, L"component %u", index_);
    info->type = VSS_CT_FILEGROUP;
    info->bstrLogicalPath = writer_ == 0 ? nullptr : SysAllocString(L"logisch\\ä");
    info->bstrComponentName = SysAllocString(name);
    info->bSelectable = index_ == 0;
    // What is beside it is no part of it.
    info->bNotifyOnBackupComplete = info->bSelectableForRestore = index_ != 0;
    *result = info;
    return S_OK;
  }
  STDMETHODIMP FreeComponentInfo(PVSSCOMPONENTINFO info) override {
    note("-ComponentInfo");
    SysFreeString(info->bstrLogicalPath);
    SysFreeString(info->bstrComponentName);
    delete info;
    return S_OK;
  }
  UNUSED(GetFile, (UINT, IVssWMFiledesc **))
  UNUSED(GetDatabaseFile, (UINT, IVssWMFiledesc **))
  UNUSED(GetDatabaseLogFile, (UINT, IVssWMFiledesc **))
  UNUSED(GetDependency, (UINT, IVssWMDependency **))

 private:
  bool answers(REFIID) override { return false; }
  const UINT writer_, index_;
};

class Metadata final : public Counted<IVssExamineWriterMetadata> {
 public:
  explicit Metadata(UINT writer) : Counted("Metadata"), writer_(writer) {}

  STDMETHODIMP GetIdentity(VSS_ID *instance, VSS_ID *writer, BSTR *name, VSS_USAGE_TYPE *usage,
                           VSS_SOURCE_TYPE *source) override {
    const HRESULT failure = injected("GetIdentity");
    if (FAILED(failure)) return failure;
    *instance = GUID{0x10000000 + writer_, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    *writer = GUID{0x20000000 + writer_, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    *name = SysAllocString(writerName(writer_));
    *usage = VSS_UT_BOOTABLESYSTEMSTATE;
    *source = VSS_ST_OTHER;
    return S_OK;
  }
  STDMETHODIMP GetFileCounts(UINT *included, UINT *excluded, UINT *components) override {
    const HRESULT failure = injected("GetFileCounts");
    if (FAILED(failure)) return failure;
    *included = 7;
    *excluded = 8;
    *components = 2;
    return S_OK;
  }
  STDMETHODIMP GetComponent(UINT index, IVssWMComponent **component) override {
    const HRESULT failure = injected("GetComponent");
    if (FAILED(failure)) return failure;
    *component = new Component(writer_, index);
    return S_OK;
  }
  UNUSED(GetIncludeFile, (UINT, IVssWMFiledesc **))
  UNUSED(GetExcludeFile, (UINT, IVssWMFiledesc **))
  UNUSED(GetRestoreMethod, (VSS_RESTOREMETHOD_ENUM *, BSTR *, BSTR *, VSS_WRITERRESTORE_ENUM *,
                            boolean *, UINT *))
  UNUSED(GetAlternateLocationMapping, (UINT, IVssWMFiledesc **))
  UNUSED(GetBackupSchema, (DWORD *))
  UNUSED(GetDocument, (IXMLDOMDocument **))
  UNUSED(SaveAsXML, (BSTR *))
  UNUSED(LoadFromXML, (BSTR))

 private:
  bool answers(REFIID id) override { return id == __uuidof(IVssExamineWriterMetadata); }
  const UINT writer_;
};

}  // namespace

const wchar_t *writerName(UINT writer) { return writer == 0 ? L"System Writer" : L"Schreiber é"; }

IVssExamineWriterMetadata *newWriterMetadata(UINT writer) { return new Metadata(writer); }
