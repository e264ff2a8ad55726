// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdio.h>
#include <vss.h>

#include "double.h"

/** What takes its time: over when somebody says so, or when the time is over. */
class Async final : public Counted<IVssAsync> {
 public:
  /** @param name of the step; "NAME.async" is what can be made to fail or to take its time */
  explicit Async(const char *name) : Counted("Async") {
    snprintf(step_, sizeof step_, "%s.async", name);
    thread_ = CreateThread(nullptr, 0, run, this, CREATE_SUSPENDED, nullptr);
  }
  ~Async() override {
    WaitForSingleObject(thread_, INFINITE);
    CloseHandle(thread_);
  }
  /** Begins to take its time. */
  void start() { ResumeThread(thread_); }

  STDMETHODIMP Cancel() override {
    note("%s.Cancel", step_);
    isCancelled_ = true;
    return S_OK;
  }
  UNUSED(Wait, (DWORD))
  STDMETHODIMP QueryStatus(HRESULT *result, INT *) override {
    const HRESULT failure = injected("QueryStatus");
    *result = isCancelled_ ? VSS_S_ASYNC_CANCELLED : result_;
    return failure;
  }

  /** What it does meanwhile. */
  HRESULT (*work)(void *context, const char *step) = nullptr;
  void *context = nullptr;

 private:
  static DWORD WINAPI run(void *object) {
    auto *self = static_cast<Async *>(object);
    const HRESULT result = self->work == nullptr ? injected(self->step_)
                                                 : self->work(self->context, self->step_);
    self->result_ = FAILED(result) ? result : VSS_S_ASYNC_FINISHED;
    return 0;
  }
  bool answers(REFIID id) override { return id == __uuidof(IVssAsync); }

  char step_[64];
  volatile HRESULT result_ = VSS_S_ASYNC_PENDING;
  volatile bool isCancelled_ = false;
  HANDLE thread_;
};
