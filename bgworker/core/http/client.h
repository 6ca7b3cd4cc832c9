// client.h: libcurl's multi interface behind a descriptor and a deadline.
//
// The client does not own the loop. The caller waits until poll_fd() is readable or TimeoutMs()
// has passed, calls Run(), and takes what finished. One multi handle for the process's life;
// easy handles are pooled; connections stay warm. Not for use by more than one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bgworker/core/http/outbound.h"
#include "bgworker/core/http/request.h"

namespace debrief {

class HttpClient {
 public:
  using Id = TransferId;  // never used twice in a process's life
  struct Finished {
    Id id;
    Response response;
  };

  // Returns null, and why, when libcurl or epoll cannot be set up.
  static std::unique_ptr<HttpClient> Create(std::string* error);
  ~HttpClient();

  // Where requests may go from now on; until it is called, to public addresses over https only.
  void SetOutbound(Outbound outbound);
  // Certificate authorities (PEM); empty: the system's. For connections made from now on.
  void SetCaFile(std::string path);

  // What the bodies of answers may take; not owned. Without one there is no limit.
  void SetMemory(MemoryBudget* budget);
  // Whether one transfer may go on although the budget is used up: so that something is freed at
  // last, when nobody else can free anything.
  void SetMayExceed(bool may_exceed);
  // Connections at once, idle ones too; transfers beyond them wait for one.
  void SetConnectionsMax(int connections);

  // Begins a transfer. A request that cannot be sent finishes at once with transport kRefused
  // or kForbidden.
  Id Start(Request request);
  // Stops a transfer; it will not show up in TakeFinished(). Unknown ids are ignored.
  void Abort(Id id);
  // Stops all transfers of which nothing was sent.
  void AbortUnsent();
  // Transfers whose request body was sent in full since the last call (progress of an upload).
  std::vector<Id> TakeUploaded();

  // An epoll descriptor: readable when Run() has something to do.
  int poll_fd() const;
  // Milliseconds until Run() must be called even so; -1: no need.
  int64_t TimeoutMs() const;
  void Run();
  std::vector<Finished> TakeFinished();
  size_t in_flight() const;

 private:
  struct Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace debrief
