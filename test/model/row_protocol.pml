/*
 * The protocol of one row in one stage (audio, say): claim, call, settle; crash, rescue, release; and a
 * session that edits, cancels, retries, deletes and makes a row of the same id anew.
 *
 * Each atomic step is one transaction, and stands for the SQL function that is named beside it. The
 * switches (NO_FENCE and so on) take one mechanism out; CHECK_name says which promise is looked at:
 *
 *   fresh    a result that is stored was made from the message that the row has
 *   once     a message gets at most one result
 *   owner    a settle changes the row only for the claim that holds it
 *   bounded  no more calls for a message than its attempts, retries and claims given back allow
 *   ends     where nobody can do anything more, the row is final or gone: never queued or processing
 *   finite   no run goes on for ever, so that it comes to that end
 */

#define ATTEMPTS_MAX 2   /* stages.max_attempts */
#ifdef CHECK_bounded
#define VERSIONS 2       /* of the message: an edit or a new row; the counts make for many states */
#else
#define VERSIONS 3       /* an edit and a new row */
#endif
#define WORKERS 2

mtype = { queued, processing, completed, failed, gone };

mtype status = queued;
byte version = 1;        /* which message the row has */
byte attempts = 0;
byte token = 0;          /* claim_token; 0: null */
byte next_token = 1;     /* claim_token_seq */
byte holder = 0;         /* who drew the token: worker and life, see ME */
bool holder_lives = true;

/* How much goes wrong: each at any moment, but not for ever. */
byte crashes = 2, expiries = 1, releases = 1, edits = 1, cancels = 1, retries = 1, deletes = 1;

#ifdef CHECK_fresh
#define FRESH(x) assert(x)
#else
#define FRESH(x) skip
#endif
#ifdef CHECK_once
byte results[VERSIONS + 1];
#define COUNT_RESULT results[my_version]++; assert(results[my_version] <= 1)
#else
#define COUNT_RESULT skip
#endif
#ifdef CHECK_owner
#define OWNER(x) assert(x)
#else
#define OWNER(x) skip
#endif
#ifdef CHECK_bounded
byte calls[VERSIONS + 1], allowed[VERSIONS + 1];
#define COUNT_CALL calls[my_version]++; assert(calls[my_version] <= allowed[my_version] + ATTEMPTS_MAX)
#define ALLOW(count) allowed[version] = allowed[version] + count
#else
#define COUNT_CALL skip
#define ALLOW(count) skip
#endif

/* _hold_claims(): the claim still holds. Without the fence any row in flight would do. */
#ifdef NO_FENCE
#define HOLDS (status == processing)
#else
#define HOLDS (status == processing && token == my_token)
#endif

/* The attempt is counted by the claim, which is durable before the call. */
#ifdef NO_DURABLE_ATTEMPT
#define COUNT_AT_CLAIM skip
#define COUNT_AT_SETTLE attempts++
#elif defined(NO_LIMIT)
#define COUNT_AT_CLAIM skip
#define COUNT_AT_SETTLE skip
#else
#define COUNT_AT_CLAIM attempts++
#define COUNT_AT_SETTLE skip
#endif

/* Drawn from a sequence that nothing restarts. A run without an end would need tokens without an end. */
#ifdef NO_LIMIT
#define DRAW token = next_token
#else
#define DRAW token = next_token; next_token++
#endif

#define ME (_pid + WORKERS * lives)

inline unclaim(next_status) {
  status = next_status; token = 0; holder = 0; holder_lives = true
}
inline put_back() {  /* _settle_failures() and _rescue(): again, or never */
  if
#ifndef NO_LIMIT
  :: attempts >= ATTEMPTS_MAX -> unclaim(failed)
#endif
  :: else -> unclaim(queued)
  fi
}
inline forget() {
  my_token = 0; my_version = 0; called = false
}

active [WORKERS] proctype worker()
{
  byte my_token = 0, my_version = 0, lives = 0;
  bool called = false;

end:
  do
  /* _claim_audio(): one attempt counted, a token drawn, the message read. */
  :: atomic { my_token == 0 && status == queued ->
       COUNT_AT_CLAIM;
       status = processing; DRAW; holder = ME; holder_lives = true;
       my_token = token; my_version = version }

  /* The call, outside any transaction: it is paid for, whatever becomes of its answer. */
  :: atomic { my_token != 0 && !called ->
       called = true; COUNT_CALL }

  /* _settle_audio(): the result, if the claim still holds. */
  :: atomic { called ->
       if
       :: HOLDS ->
            OWNER(holder == ME && token == my_token);
            FRESH(my_version == version);
            COUNT_AT_SETTLE;
            COUNT_RESULT;
            unclaim(completed)
       :: else -> skip  /* stale */
       fi;
       forget() }

  /* _settle_failures() */
  :: atomic { called ->
       if
       :: HOLDS -> OWNER(holder == ME && token == my_token); COUNT_AT_SETTLE; put_back()
       :: else -> skip
       fi;
       forget() }

  /* kill -9, at any of these points: the session lock goes with the session. */
  :: atomic { my_token != 0 && crashes > 0 ->
       crashes--;
       if
       :: holder == ME -> holder_lives = false
       :: else -> skip
       fi;
       lives++; forget() }

  /* _release(): an orderly end gives the claim back, uncharged. */
  :: atomic { my_token != 0 && releases > 0 ->
       releases--;
       if
       :: status == processing && holder == ME ->
            if
            :: attempts > 0 -> attempts--
            :: else -> skip
            fi;
            ALLOW(1);
            unclaim(queued)
       :: else -> skip
       fi;
       lives++; forget() }

#ifndef NO_RESCUE
  /* _rescue(): the lock of the holder is free. */
  :: atomic { my_token == 0 && status == processing && !holder_lives -> put_back() }
  /* _rescue(): the lease ran out, whether its holder lives or not; late renewals, clocks that jump. */
  :: atomic { my_token == 0 && status == processing && expiries > 0 -> expiries--; put_back() }
#endif
  od
}

active proctype session()
{
end:
  do
  /* _feedback_update(): new words, fresh attempts, the claim taken away. */
  :: atomic { edits > 0 && status != gone && version < VERSIONS ->
       edits--; version++;
#ifdef NO_VERSION
       if
       :: status != processing -> attempts = 0; unclaim(queued)
       :: else -> skip
       fi
#else
       attempts = 0; unclaim(queued)
#endif
     }
  /* cancel_feedback() */
  :: atomic { cancels > 0 && (status == queued || status == processing) -> cancels--; unclaim(failed) }
  /* retry_feedback() */
  :: atomic { retries > 0 && status == failed ->
       retries--; attempts = 0; ALLOW(ATTEMPTS_MAX); unclaim(queued) }
  /* DELETE or TRUNCATE, and a row of the same id with other words. */
  :: atomic { deletes > 0 && status != gone && version < VERSIONS -> deletes--; unclaim(gone) }
  :: atomic { status == gone && version < VERSIONS ->
       version++; attempts = 0; unclaim(queued);
#ifdef RESTARTED_TOKEN
       next_token = 1
#endif
     }
  /* Nobody has to do any of this: the row ends without their help. */
  :: true -> break
  od
}

#ifdef CHECK_ends
/* Nobody can do anything more. */
active proctype end_of_everything()
{
end:
  timeout -> assert(status == completed || status == failed || status == gone)
}
#endif
