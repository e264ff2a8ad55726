// SPDX-License-Identifier: Apache-2.0
// What the stand-ins for Windows' VSS have in common: what happened is written down, and what is to go wrong is read.
#pragma once
#include <windows.h>

// Written by the test before each case; `fail STEP HRESULT [TIMES]`, `delay STEP MILLISECONDS`.
#define CONTROL_FILE L"C:\\vss-double\\control"
#define LOG_FILE L"C:\\vss-double\\log"

/** Adds a line to the log. */
void note(const char *format, ...);
/** What the test wants the step to fail with; else S_OK. Waits as long as the test wants the step to take. */
HRESULT injected(const char *step);
/** A number of the test's for something, or the usual one. */
DWORD setting(const char *name, DWORD usual);
/** A step that is not called by the agent, or not in this order: noted for the test to see. */
HRESULT unexpected(const char *step);

/** Counts its references, and notes when it is made and gone. */
template <typename Interface>
class Counted : public Interface {
 public:
  explicit Counted(const char *name) : name_(name) { note("+%s", name_); }
  virtual ~Counted() { note("-%s", name_); }
  STDMETHODIMP QueryInterface(REFIID id, void **object) override {
    *object = id == __uuidof(IUnknown) || answers(id) ? this : nullptr;
    if (*object == nullptr) return E_NOINTERFACE;
    AddRef();
    return S_OK;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return InterlockedIncrement(&references_); }
  STDMETHODIMP_(ULONG) Release() override {
    const LONG left = InterlockedDecrement(&references_);
    if (left == 0) delete this;
    return left;
  }

 protected:
  virtual bool answers(REFIID id) = 0;
  const char *name_;

 private:
  LONG references_ = 1;
};

/** A method that the agent has no use for. */
#define UNUSED(name, parameters) \
  STDMETHODIMP name parameters override { return unexpected(#name); }
