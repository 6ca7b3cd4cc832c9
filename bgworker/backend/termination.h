// termination.h: SIGTERM ends a worker between its statements.
#pragma once

namespace debrief::termination {

// From now on SIGTERM cancels the statement that runs and asks for the end: InTransaction() fails
// until Ignore(). `die` would end the process within that statement, and what it holds could not
// be given back. The two handlers this is made of are PostgreSQL's. Between statements a cancel is
// held (InTransaction() lets it through): even an ereport(LOG) would turn it into an ERROR there.
void SetHandler();

// The end is asked for. A cancel that found no statement is dropped.
bool IsAskedFor();

// What is still to be done before End() is done undisturbed: neither a pending cancel nor another
// SIGTERM (the postmaster signals the process and then its group) reaches it.
void Ignore();

// Ends the process as `die` would have done.
[[noreturn]] void End();

}  // namespace debrief::termination
