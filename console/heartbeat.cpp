#include "console/heartbeat.h"

#include <chrono>
#include <utility>

namespace debrief::console {
namespace {

// Readers take a stream that is silent for 5 s for broken; one is silent for twice this at most.
constexpr std::chrono::milliseconds kBeat(2'000);

}  // namespace

Heartbeat::Heartbeat() : thread_([this] { Run(); }) {}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void Heartbeat::Add(std::shared_ptr<Stream> stream) {
  const std::lock_guard lock(mutex_);
  streams_.push_back(std::move(stream));
  if (streams_.size() == 1) changed_.notify_one();
}

void Heartbeat::Run() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    if (streams_.empty()) {
      changed_.wait(lock);
    } else if (!changed_.wait_for(lock, kBeat, [this] { return is_stopping_; })) {
      std::erase_if(streams_, [](const auto& stream) { return stream->HasEnded(); });
      for (const auto& stream : streams_) stream->Ping();
    }
  }
}

}  // namespace debrief::console
