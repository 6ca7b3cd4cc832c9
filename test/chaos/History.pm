# Keeps a ledger of what ends, by triggers of its own, and compares the history with it.
package History;

use strict;
use warnings;
use Test::More;

sub watch
{
    my ($node) = @_;
    $node->safe_psql('postgres', q{
        create table public.ledger (stage text, outcome text, code text, seconds float8);
        create function public.keep_ledger() returns trigger language plpgsql security definer as $$
        declare
          ended text; status text; code text;
        begin
          if tg_table_name = 'analysis_jobs' then
            ended := 'analysis'; status := new.status; code := new.error_code;
            if new.status = old.status then return null; end if;
          elsif new.ssml_status <> old.ssml_status and new.ssml_status in ('completed', 'failed') then
            ended := 'ssml'; status := new.ssml_status; code := new.ssml_error_code;
          elsif new.audio_status <> old.audio_status then
            ended := 'audio'; status := new.audio_status; code := new.audio_error_code;
          end if;
          if status in ('completed', 'failed') then
            insert into public.ledger
            values (ended, case code when 'cancelled' then code else status end, coalesce(code, ''), extract(epoch from clock_timestamp() - new.asked_at));
          end if;
          return null;
        end $$;
        create trigger ledger after update on debrief.analysis_jobs for each row execute function public.keep_ledger();
        create trigger ledger after update on debrief.analysis_feedback for each row execute function public.keep_ledger()});
}

# Each end is counted once, whoever was killed meanwhile; promises and metrics say what the rows say.
sub check
{
    my ($node) = @_;
    is($node->safe_psql('postgres', q{
        select string_agg(concat_ws(' ', l.stage, l.outcome, l.code, l.n, 'not', h.n), ', ')
          from (select stage, outcome, code, count(*) as n from public.ledger group by 1, 2, 3) l
          full join (select stage, outcome, code, sum(count) as n from debrief.pipeline_minutes where outcome <> 'retried' group by 1, 2, 3) h using (stage, outcome, code)
         where l.n is distinct from h.n}), '', 'the history counts each end once');
    is($node->safe_psql('postgres', q{
        select string_agg(concat_ws(' ', l.stage, l.outcome, l.code, l.n, 'not', m.value), ', ')
          from (select stage, outcome, code, count(*) as n from public.ledger group by 1, 2, 3) l
          full join (select * from debrief.metrics() where metric = 'debrief_finished_total' and value > 0) m
            on (m.labels ->> 'stage', m.labels ->> 'outcome', m.labels ->> 'code') = (l.stage, l.outcome, l.code)
         where l.n is distinct from m.value}), '', 'and so do the metrics');
    is($node->safe_psql('postgres', q{
        select abs(s.failed_share - r.failed) < 0.001,
               abs(width_bucket(s.p95_seconds, debrief._bounds('duration')) - width_bucket(r.p95, debrief._bounds('duration'))) <= 1,
               abs(width_bucket(m.p95, debrief._bounds('duration')) - width_bucket(r.p95, debrief._bounds('duration'))) <= 1
          from debrief.slo s,
               (select avg((outcome = 'failed')::int) as failed, percentile_disc(0.95) within group (order by seconds) as p95
                  from public.ledger where outcome <> 'cancelled' and (stage = 'audio' or (stage = 'ssml' and outcome = 'failed'))) r,
               -- As histogram_quantile() has it, to the bucket.
               (select min((b.labels ->> 'le')::float8) - 0.001 as p95
                  from (select labels, sum(value) as value from (select labels - 'outcome' as labels, value from debrief.metrics()
                           where metric = 'debrief_feedback_duration_seconds_bucket') x group by labels) b
                 where b.value >= 0.95 * (select sum(value) from debrief.metrics() where metric = 'debrief_feedback_duration_seconds_count')) m
         where s.period = 'day'}), 't|t|t', 'promises, metrics and rows agree: failures within 0.1 %, p95 within a bucket');
    note($node->safe_psql('postgres', q{select format('%s ends; %s', (select count(*) from public.ledger), to_jsonb(s)) from debrief.slo s where period = 'hour'}));
}

1;
