// request_log.h: one line on stderr for each request: method, path, status, time, correlation.
//
// Nothing of a body and no key is logged; what the client chose is reduced to harmless
// characters. One thread serves one request from beginning to end.
#pragma once

#include <httplib.h>

#include <string>
#include <string_view>

namespace debrief::local_provider {

// Starts the clock of the calling thread's request.
void BeginRequest();

void LogRequest(const httplib::Request& request, const httplib::Response& response);

// `text` when it is short and has only letters, digits and "-_./"; else "-".
std::string Harmless(std::string_view text);

}  // namespace debrief::local_provider
