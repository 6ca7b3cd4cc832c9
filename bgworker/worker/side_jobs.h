// side_jobs.h: what the worker does beside claiming and settling: deletions of objects, and servers
// that an operator wants tried out.
//
// What answers a const char* names what PostgreSQL refused to do; null: nothing.
#pragma once

#include <vector>

#include "bgworker/core/attempt/object_deletions.h"
#include "bgworker/core/attempt/server_tests.h"
#include "bgworker/database/database.h"
#include "bgworker/worker/configuration.h"

namespace debrief {

class SideJobs {
 public:
  SideJobs(Database* database, Requests* requests, const Configuration* configuration)
      : database_(database),
        configuration_(configuration),
        deletions_(requests),
        server_tests_(requests) {}

  void Delete(const std::vector<ObjectDeletion>& deletions);
  // An operator wants a server tried out.
  void OnTestsDue() { tests_due_ = true; }
  const char* TestServers();
  // Writes down what came of them.
  const char* Settle();
  bool has_answers() const { return deletions_.has_outcomes() || server_tests_.has_outcomes(); }

 private:
  Database* database_;
  const Configuration* configuration_;
  ObjectDeletions deletions_;
  ServerTests server_tests_;
  bool tests_due_ = false;
};

}  // namespace debrief
