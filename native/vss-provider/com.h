// SPDX-License-Identifier: Apache-2.0
// What COM hands out, let go of at the end of its scope.
#pragma once
#include <windows.h>
#include <oleauto.h>

template <typename T>
class Com {
 public:
  Com() = default;
  Com(const Com &) = delete;
  Com &operator=(const Com &) = delete;
  ~Com() {
    if (pointer_ != nullptr) pointer_->Release();
  }
  T *operator->() const { return pointer_; }
  T *get() const { return pointer_; }
  T **out() { return &pointer_; }
  void **outVoid() { return reinterpret_cast<void **>(&pointer_); }

 private:
  T *pointer_ = nullptr;
};

class Text {
 public:
  explicit Text(const wchar_t *text) : text_(SysAllocString(text)) {}
  Text(const Text &) = delete;
  Text &operator=(const Text &) = delete;
  ~Text() { SysFreeString(text_); }
  operator BSTR() const { return text_; }

 private:
  BSTR text_;
};

class Value : public VARIANT {
 public:
  Value() { VariantInit(this); }
  explicit Value(const wchar_t *text) : Value() {
    vt = VT_BSTR;
    bstrVal = SysAllocString(text);
  }
  explicit Value(SHORT number) : Value() {
    vt = VT_I2;
    iVal = number;
  }
  explicit Value(bool isTrue) : Value() {
    vt = VT_BOOL;
    boolVal = isTrue ? VARIANT_TRUE : VARIANT_FALSE;
  }
  Value(const Value &) = delete;
  Value &operator=(const Value &) = delete;
  ~Value() { VariantClear(this); }
};
