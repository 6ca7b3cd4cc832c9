#include "console/statements.h"

namespace debrief::console::statements {

const char kIdentity[] = R"(
select current_user,
       (select rolsuper from pg_roles where rolname = current_user),
       exists (select from pg_roles where rolname in ('debrief_reader', 'debrief_admin') and pg_has_role(oid, 'usage')),
       exists (select from pg_roles where rolname = 'debrief_admin' and pg_has_role(oid, 'usage')),
       exists (select from pg_roles where rolname = 'debrief_app' and pg_has_role(oid, 'usage')),
       exists (select from pg_namespace where nspname = 'debrief'),
       current_database(),
       (select extversion from pg_extension where extname = 'pg_debrief'),
       pg_is_in_recovery())";

const char kUserId[] = "select debrief.current_user_id()";
const char kIsCopy[] = "select debrief._is_copy()";
const char kProblems[] =
    "select coalesce(jsonb_agg(to_jsonb(c)), '[]') from debrief.check_installation() c";

// As the view failures, but in no order, and with what its owners have dismissed.
const char kFailureCounts[] = R"(
select coalesce(jsonb_agg(to_jsonb(g) order by g.count desc, g.stage, g.error_code), '[]')
  from (select q.stage, q.error_code, count(*) as count, max(q.updated_at) as latest
          from debrief._queue_rows() q
         where q.status = 'failed' and q.status_before <> 'failed' and q.error_code is distinct from 'cancelled'
           and (not q.is_optional or debrief._sees_dismissed())
         group by q.stage, q.error_code order by count(*) desc, q.stage, q.error_code limit 50) g)";

const char kOverviewParts[] = R"(
select coalesce(has_table_privilege(to_regclass('debrief.slo'), 'select'), false),
       coalesce(has_table_privilege(to_regclass('debrief.pipeline_minutes'), 'select'), false),
       coalesce(has_table_privilege(to_regclass('debrief.operations'), 'select'), false))";

std::string Overview(bool has_slo, bool has_minutes, bool has_operations) {
  const std::string none = "'[]'::jsonb";
  return std::string(R"(
select jsonb_build_object('at', clock_timestamp(), 'problems', $1::jsonb,
  'stages', (select coalesce(jsonb_agg(to_jsonb(s) || jsonb_build_object('rows', to_jsonb(p) - 'stage', 'paused', t.paused,
                                       'rollout_percent', t.rollout_percent, 'max_in_flight', t.max_in_flight)
                             order by debrief._stage_place(s.stage)), '[]')
               from debrief.stage_status s join debrief.pipeline_status p on p.stage = s.stage join debrief.stages t on t.stage = s.stage),
  'workers', (select coalesce(jsonb_agg(to_jsonb(w) order by w.process, w.ordinal), '[]') from debrief.worker_status w),
  'limits', (select coalesce(jsonb_agg(to_jsonb(l) order by l.server, l.limit_name), '[]') from debrief.limits l),
  'failures', $2::jsonb,
  'slo', )") +
         (has_slo ? "(select coalesce(jsonb_agg(to_jsonb(o)), '[]') from debrief.slo o)" : none) +
         ", 'minutes', " +
         (has_minutes ? R"((select coalesce(jsonb_agg(to_jsonb(m) order by m.minute, m.stage), '[]')
                 from (select c.minute, c.stage, coalesce(sum(c.count) filter (where c.outcome = 'completed'), 0) as completed,
                              coalesce(sum(c.count) filter (where c.outcome = 'failed'), 0) as failed,
                              coalesce(sum(c.count) filter (where c.outcome = 'cancelled'), 0) as cancelled
                         from debrief.pipeline_minutes c where c.minute > now() - interval '1 hour' group by c.minute, c.stage) m))"
                      : none) +
         ", 'operations', " +
         (has_operations
              ? R"((select coalesce(jsonb_agg(to_jsonb(o) order by o.at desc, o.id desc), '[]')
                 from (select * from debrief.operations order by at desc, id desc limit 20) o))"
              : none) +
         ")";
}

#define JOB                                                                                  \
  "to_jsonb(j) - array['raw_response', 'exchange_server', 'exchange_state', 'claim_token', " \
  "'claimed_by']"
#define FILE_NAME "coalesce(r.original_filename, r.storage_path)"
// The time makes another address of another sound: Chromium plays for minutes what it has of an
// address, whatever its headers say.
#define ITEM                                                                                    \
  "to_jsonb(f) || jsonb_build_object('rating', k.user_rating, 'dismissed_at', k.dismissed_at, " \
  "'sounds', (select coalesce(jsonb_agg(jsonb_build_object('segment_index', a.segment_index, "  \
  "'duration_ms', a.duration_ms, 'url', 'sounds/' || a.feedback_id || '/' || a.segment_index "  \
  "|| '?made=' || (extract(epoch from a.created_at) * 1000)::bigint, "                          \
  "'content_type', 'audio/' || case a.format when 'mp3' then 'mpeg' else a.format end) "        \
  "order by a.segment_index), '[]') from debrief.analysis_audio_segments a "                    \
  "where a.feedback_id = f.id))"
#define ROWS_PAGE(ROW, PLACE)                                                         \
  "select jsonb_build_object('rows', coalesce(jsonb_agg(" ROW                         \
  " order by n), '[]'), "                                                             \
  "'next', case when count(*) > 0 and count(*) = max(limited) then (array_agg(" PLACE \
  " order by n desc))[1] end)"

// Of a page that is not full, where its search stopped: STOP is the last of the rows that it looked
// at, when there are as many. What lies behind is for the next request.
#define SEARCHED_PAGE(PAGE, STOP)                                                             \
  "select p.page || case when p.page ->> 'next' is not null then '{}' else coalesce((select " \
  "jsonb_build_object('next', s.place, 'searched_to', s.at) from (" STOP                      \
  ") s), '{}') end from (" PAGE ") p (page)"
// Rows that a search looks at: some tens of milliseconds, however many there are.
#define LOOKS_AT "10000"
#define LAST_LOOKED_AT " offset " LOOKS_AT " - 1 limit 1"

#define ANALYSIS_ROW \
  JOB " - 'full_feedback_text' - 'voice_snapshot' || jsonb_build_object('file', " FILE_NAME ")"
#define ANALYSES_BEFORE                                                                  \
  " from debrief.analysis_jobs j where ($1::text is null or j.status = $1) and "         \
  "($2::uuid is null or j.user_id = $2) and ($4::bigint is null or j.id < $4) order by " \
  "j.id desc"
// Recordings are read one by one: a join with a plan of its own could read all of them.
const char kAnalyses[] = SEARCHED_PAGE(
    ROWS_PAGE("row", "place")
    " from (select row_number() over (order by j.id desc) as n, j.id as place, $5::int as limited, "
    ANALYSIS_ROW " as row from (select j.*" ANALYSES_BEFORE
    " limit case when $3::text is null then $5::int else " LOOKS_AT R"( end) j
         cross join lateral (select r.original_filename, r.storage_path from debrief.video_recordings r
                              where r.id = j.video_recording_id offset 0) r
         where $3::text is null or position(lower($3) in lower(concat_ws(' ', j.title, r.original_filename, r.storage_path))) > 0
         order by j.id desc limit $5::int) page)",
    "select l.* from (select j.id as place, j.created_at as at" ANALYSES_BEFORE LAST_LOOKED_AT
    ") l where $3::text is not null");

#define FAILURE_KEY "f.since, f.analysis_job_id, coalesce(f.feedback_id, 0)"
#define FAILURES_BEFORE                                                                         \
  " from debrief.failures f where ($1::text is null or f.stage = $1) and ($3::text is null or " \
  "(" FAILURE_KEY                                                                               \
  ") < (to_timestamp(split_part($3, '_', 1)::numeric), split_part($3, '_', 2)::bigint, "        \
  "split_part($3, '_', 3)::bigint))"
#define NEWEST_FAILURES \
  " order by f.since desc, f.analysis_job_id desc, f.feedback_id desc nulls last"
// The stop is found first, by columns that cost nothing: whatever plan is made for the rest then
// reads few rows. Its two conditions are for the index, and for those that failed at the same time.
const char kFailures[] =
    "with stop as (select f.since as at, f.analysis_job_id as job, coalesce(f.feedback_id, 0) as "
    "item" FAILURES_BEFORE NEWEST_FAILURES
    " offset case when $2::text is null then $4::int else " LOOKS_AT
    " end - 1 limit 1) " SEARCHED_PAGE(
        ROWS_PAGE("row", "place") " from (select row_number() over (" NEWEST_FAILURES
                                  ") as n, $4::int as limited, "
                                  "concat_ws('_', extract(epoch from f.since), f.analysis_job_id, "
                                  "coalesce(f.feedback_id, "
                                  "0)) as place, to_jsonb(f) as row" FAILURES_BEFORE
                                  R"( and ($2::text is null or f.error_code = $2)
           and f.since >= coalesce((select s.at from stop s), '-infinity')
           and not exists (select from stop s where ()" FAILURE_KEY
                                  R"() < (s.at, s.job, s.item)))" NEWEST_FAILURES
                                  " limit $4::int) page",
        "select concat_ws('_', extract(epoch from s.at), s.job, s.item) as place, s.at from stop "
        "s");

#define OPERATION_PLACE "extract(epoch from o.at) || '_' || o.id as place"
#define OPERATIONS_BEFORE                                                                    \
  " from debrief.operations o where ($4::text is null or (o.at, o.id) < "                    \
  "(to_timestamp(split_part($4, '_', 1)::numeric), split_part($4, '_', 2)::uuid)) order by " \
  "o.at desc, o.id desc"
const char kOperations[] = SEARCHED_PAGE(
    ROWS_PAGE("row", "place")
    " from (select row_number() over (order by o.at desc, o.id desc) as n, $5::int as limited, "
    OPERATION_PLACE ", to_jsonb(o) - 'minute' as row from (select o.*" OPERATIONS_BEFORE
    " limit case when coalesce($1, $2, $3) is null then $5::int else " LOOKS_AT R"( end) o
         where ($1::text is null or position(lower($1) in lower(concat_ws(' ', o.role, o.login, o.end_user))) > 0)
           and ($2::text is null or o.action = $2)
           and ($3::text is null or position(lower($3) in lower(o.target)) > 0)
         order by o.at desc, o.id desc limit $5::int) page)",
    "select l.* from (select " OPERATION_PLACE ", o.at" OPERATIONS_BEFORE LAST_LOOKED_AT
    ") l where coalesce($1, $2, $3) is not null");

#define METRICS                                                                \
  "(select coalesce(jsonb_agg(to_jsonb(m) order by m.metric_key), '[]') from " \
  "debrief.analysis_metrics m where m.analysis_job_id = j.id)"
std::string Analysis(bool with_attempts) {
  return std::string("select jsonb_build_object('job', " JOB
                     " || jsonb_build_object('file', " FILE_NAME R"(),
  'recording', to_jsonb(r),
  'items', (select coalesce(jsonb_agg()" ITEM R"( order by f.timestamp_seconds, f.id), '[]')
              from debrief.feedback_status f join debrief.analysis_feedback k on k.id = f.id
             where f.analysis_job_id = j.id )") +
         (with_attempts ? "" : "and k.dismissed_at is null") + R"(),
  'metrics', )" METRICS R"(,
  'attempts', )" +
         (with_attempts
              ? R"((select coalesce(jsonb_agg(to_jsonb(t) order by t.finished_at, t.id), '[]')
                 from (select * from debrief.attempts a
                        where (a.stage, a.row_id) in (select q.stage, q.id from debrief._queue_rows() q where q.analysis_job_id = j.id)
                        order by a.id desc limit 500) t))"
              : "'[]'::jsonb") +
         R"()
  from debrief.analysis_jobs j left join debrief.video_recordings r on r.id = j.video_recording_id where j.id = $1::bigint)";
}

const char kNewestAnalysis[] =
    "select j.id from debrief.analysis_jobs j where j.video_recording_id = $1::bigint order by "
    "j.id desc limit 1";

#define EXPLAINED(CALL)                                                                           \
  "select jsonb_build_object('text', coalesce(string_agg(concat_ws(' ', e.stage || ', ' || "      \
  "e.state || ':', e.reason, "                                                                    \
  "'Until ' || to_char(e.until at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC.', 'To do: " \
  "' || e.fix), e'\\n'), '')) from " CALL " e"
const char kExplainAnalysis[] = EXPLAINED("debrief.explain_analysis($1::bigint)");
const char kExplainFeedback[] = EXPLAINED("debrief.explain($1::bigint)");
const char kExplainStage[] =
    "select jsonb_build_object('text', concat_ws(' ', s.stage || ', ' || s.state || ':', s.reason, "
    "'To do: ' || s.hint)) "
    "from debrief.stage_status s where s.stage = $1";

#define JOBS(MORE)                                                         \
  "select j.id, concat(j.xmin, '-', r.xmin)" MORE                          \
  " from debrief.analysis_jobs j left join debrief.video_recordings r on " \
  "r.id = j.video_recording_id where j.id = any($1::bigint[])"
const char kItemVersions[] =
    "select k.analysis_job_id, k.id, k.xmin, k.dismissed_at is not null from "
    "debrief.analysis_feedback k where k.analysis_job_id = any($1::bigint[])";
const char kJobVersions[] = JOBS("");
const char kJobs[] = JOBS(", " JOB " || jsonb_build_object('file', " FILE_NAME
                          "), coalesce(to_jsonb(r), 'null'), " METRICS);
const char kItems[] =
    "select f.analysis_job_id, f.id, k.xmin, k.dismissed_at is not null, " ITEM
    " from debrief.feedback_status f join debrief.analysis_feedback k on k.id = f.id "
    "where f.id = any($1::bigint[]) and f.analysis_job_id = any($2::bigint[])";
const char kMine[] =
    R"(
select u.id, (select jsonb_build_object('rows', coalesce(jsonb_agg(p.row order by p.id desc), '[]'), 'next', case when count(*) = 50 then min(p.id) end)
                from (select j.id, )" ANALYSIS_ROW
    R"( as row
                        from debrief.analysis_jobs j join debrief.video_recordings r on r.id = j.video_recording_id
                       where j.user_id = u.id order by j.id desc limit 50) p)
  from unnest($1::uuid[]) as u (id))";

const char kSound[] = R"(
select a.audio_url, a.storage_path, a.store, a.format,
       (select octet_length(o.body) from debrief.audio_objects o where o.storage_path = a.storage_path)
  from debrief.analysis_audio_segments a where a.feedback_id = $1::bigint and a.segment_index = $2::int)";
const char kSoundBytes[] =
    "select substring(o.body from $2::int for $3::int) from debrief.audio_objects o where "
    "o.storage_path = $1";
const char kRecording[] = R"(
select r.storage_path, r.format, n.srvname,
       (select o.option_value from pg_options_to_table(n.srvoptions) o where o.option_name = 'public_url')
  from debrief.video_recordings r
  left join pg_foreign_server n on n.srvname = nullif($2, '')
 where r.id = $1::bigint and r.storage_path <> '')";

namespace {

#define CALL(FUNCTION) "select to_jsonb(debrief." FUNCTION ")"
#define ROW_OF(FUNCTION) "select to_jsonb(t) from debrief." FUNCTION " t"

const std::vector<Action>& Actions() {
  static const std::vector<Action> actions = {
      {"retry_feedback",
       {{"feedback_id", true}, {"stage", false}},
       CALL("retry_feedback($1::bigint, $2::text)")},
      {"retry_analysis", {{"analysis_job_id", true}}, CALL("retry_analysis($1::bigint)")},
      {"retry_failed",
       {{"stage", false}, {"error_code", false}},
       "select coalesce(jsonb_agg(to_jsonb(t)), '[]') from debrief.retry_failed($1::text, "
       "$2::text, null, 1000000) t"},
      {"cancel_feedback", {{"feedback_id", true}}, CALL("cancel_feedback($1::bigint)")},
      {"cancel_analysis", {{"analysis_job_id", true}}, ROW_OF("cancel_analysis($1::bigint)")},
      {"dismiss_feedback", {{"feedback_id", true}}, CALL("dismiss_feedback($1::bigint)")},
      {"rate_feedback",
       {{"feedback_id", true}, {"rating", true}},
       "update debrief.analysis_feedback f set user_rating = nullif($2, 'none') where f.id = "
       "$1::bigint "
       "returning jsonb_build_object('feedback_id', f.id, 'rating', f.user_rating)"},
      {"start_analysis", {{"video_recording_id", true}}, ROW_OF("start_analysis($1::bigint)")},
      {"pause", {{"stage", true}}, CALL("pause($1::text)")},
      {"resume", {{"stage", false}}, CALL("resume($1::text)")},
      {"pause_server", {{"server", true}}, CALL("pause_server($1::text)")},
      {"resume_server", {{"server", true}}, CALL("resume_server($1::text)")},
      {"test_server", {{"server", true}}, ROW_OF("test_server($1::text)")},
      {"set_rollout",
       {{"stage", true}, {"percent", true}},
       "update debrief.stages s set rollout_percent = $2::int where s.stage = $1 "
       "returning jsonb_build_object('stage', s.stage, 'rollout_percent', s.rollout_percent)"},
      {"activate_copy", {}, CALL("activate_copy()")},
  };
  return actions;
}

}  // namespace

const Action* FindAction(std::string_view name) {
  for (const Action& action : Actions()) {
    if (action.name == name) return &action;
  }
  return nullptr;
}

}  // namespace debrief::console::statements
