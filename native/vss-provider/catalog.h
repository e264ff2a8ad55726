// SPDX-License-Identifier: Apache-2.0
// The catalog of COM+, which starts the provider in a process of its own.
#pragma once
#include <comadmin.h>

#include "com.h"

/** One step after the other, up to the first that fails. */
class Steps {
 public:
  /** @param step for the administrator, when it fails */
  bool done(const wchar_t *step, HRESULT result) {
    result_ = result;
    if (FAILED(result)) failed_ = step;
    return SUCCEEDED(result);
  }
  HRESULT result() const { return result_; }
  const wchar_t *failed() const { return failed_; }

 private:
  HRESULT result_ = S_OK;
  const wchar_t *failed_ = nullptr;
};

bool openCatalog(Steps &steps, Com<ICOMAdminCatalog2> &catalog);
/** Adds the application, its service and its role. */
bool addApplication(Steps &steps, Com<ICOMAdminCatalog2> &catalog, const wchar_t *library,
                    const wchar_t *typeLibrary);
/** Ends the application's process, and removes every application of the name. */
bool removeApplications(Steps &steps, Com<ICOMAdminCatalog2> &catalog);
