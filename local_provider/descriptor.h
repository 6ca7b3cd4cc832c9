// descriptor.h: a file descriptor that closes itself.
#pragma once

#include <unistd.h>

#include <utility>

namespace debrief::local_provider {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Close();
    number_ = std::exchange(other.number_, -1);
    return *this;
  }
  ~Descriptor() { Close(); }

  bool IsOpen() const { return number_ >= 0; }
  int number() const { return number_; }

  void Close() {
    if (IsOpen()) close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
};

}  // namespace debrief::local_provider
