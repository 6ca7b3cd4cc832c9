// Servers and stores: state, reason, hint, and the button that does what the hint says.
import { mayOperate, ofHint, pauseServer, testServer, type Hinted } from './actions.tsx';
import { amount, count, limitName, percent, sentenceOf, stageName, when } from './format.ts';
import { Act, Section, State } from './parts.tsx';
import { StageState } from './pipeline.tsx';
import type { Limit, Overview, StageRow } from './rows.ts';

interface Server {
  name: string;
  what: string;
  state: string;
  reason: string | null;
  hint: string | null;
  until: string | null;
  cost: number;
  hinted: Hinted | null;
}

// A stage that is paused, without a worker or a copy says nothing of its server.
const OF_STAGE = ['paused', 'no worker', 'copy', 'stage missing', 'no server', 'no store', 'store missing', 'wrong kind'];
const ofServer = (stage: StageRow, name: string) =>
  stage.hint?.includes(`resume_server('${name.replaceAll("'", "''")}')`) || (stage.server === name && !OF_STAGE.includes(stage.state) && !stage.reason?.startsWith('store '));

export function serversOf(stages: StageRow[]): Server[] {
  const names = [...new Set(stages.flatMap(({ server, store }) => [server, store]).filter((name) => name !== null))];
  const servers = names.map((name) => {
    const serves = stages.filter((stage) => stage.server === name);
    const stores = stages.filter((stage) => stage.store === name);
    const trouble = [...serves, ...stores].find((stage) => stage.state !== 'ready' && ofServer(stage, name));
    const names = (rows: StageRow[]) => rows.map(({ stage }) => stageName(stage)).join(', ');
    const what = [serves[0]?.kind, names(serves), stores.length > 0 && `store of ${names(stores)}`];
    return {
      name,
      what: what.filter(Boolean).join(' · '),
      state: trouble?.state ?? 'ready',
      reason: trouble?.reason ?? null,
      hint: trouble?.hint ?? null,
      until: trouble?.parked_until ?? null,
      cost: Number(serves[0]?.cost_today ?? 0),
      hinted: trouble ? ofHint(trouble.hint, trouble.state) : null,
    };
  });
  // Whoever needs somebody stands first.
  return servers.sort((a, b) => Number(a.state === 'ready') - Number(b.state === 'ready') || a.name.localeCompare(b.name));
}

export function Servers({ overview }: { overview: Overview }) {
  const servers = serversOf(overview.stages);
  const up = overview.slo.find(({ period }) => period === 'day')?.server_availability ?? {};
  const troubled = servers.filter(({ state }) => state !== 'ready').length;
  return (
    <Section id="h-servers" title="Servers and stores" aside={`${servers.length} in all, ${troubled > 0 ? `${troubled} not` : 'all'} ready`}>
      <div class="panel">
        <table class="stack srv">
          <thead>
            <tr>
              <th scope="col">Server</th><th scope="col">State</th><th scope="col">Why, and what to do</th>
              {mayOperate() && <th scope="col" class="num">Action</th>}
            </tr>
          </thead>
          <tbody>{servers.map((server) => <Row key={server.name} server={server} up={up[server.name]} />)}</tbody>
        </table>
      </div>
    </Section>
  );
}

const short = ({ label }: Hinted) => (label.startsWith('Try') ? 'Try now' : 'Resume');

function Row({ server, up }: { server: Server; up: number | undefined }) {
  const { name, state, hinted } = server;
  const worked = up !== undefined && `Worked ${Math.floor(up * 10_000) / 100} % of the last day.`;
  const cost = server.cost > 0 && `Cost today: ${server.cost}.`;
  return (
    <tr id={`server-${name}`}>
      <th scope="row">{name}<span class="sub">{server.what}</span></th>
      <td><StageState state={state} />{server.until && <span class="sub">until {when(server.until)}</span>}</td>
      <td class="wide">
        {server.reason ? sentenceOf(server.reason) : <span class="muted">{[worked, cost].filter(Boolean).join(' ') || 'Nothing to do'}</span>}
        {server.hint && <span class="sub">{server.hint}</span>}
      </td>
      {mayOperate() && (
        <td class="act"><div class="acts">
          {state !== 'paused' && <Act kind="quiet" label={`Pause ${name}`} onClick={() => pauseServer(name)}>Pause</Act>}
          {/* The word stays the same while the state changes, so the row does not jump. */}
          <Act kind="quiet" label={`Test ${name}`} onClick={() => testServer(name)}>Test</Act>
          {hinted && <Act label={`${short(hinted)} ${name}`} onClick={hinted.ask}>{short(hinted)}</Act>}
        </div></td>
      )}
    </tr>
  );
}

export function Budgets({ limits }: { limits: Limit[] }) {
  if (limits.length === 0) return null;
  return (
    <Section id="h-budgets" title="Limits and budgets" aside="By day of UTC">
      <div class="panel">
        <table class="stack bud">
          <thead><tr><th scope="col">Server</th><th scope="col" class="num">Used</th><th scope="col" class="num">Of</th><th scope="col">Left</th></tr></thead>
          <tbody>{limits.map((limit) => <Budget key={limit.server + limit.limit_name} limit={limit} />)}</tbody>
        </table>
      </div>
    </Section>
  );
}

function Budget({ limit }: { limit: Limit }) {
  const used = percent(limit.used, limit.allowed);
  // A limit by the minute is used up and free again all the time: nobody has to do anything.
  const perMinute = limit.limit_name === 'calls_per_minute';
  const left = Math.round(100 - used);
  const share = left === 0 && used < 100 ? 'under 1 %' : `${left} %`;
  const tone = perMinute || left > 20 ? '' : limit.is_used_up ? 'bad' : 'warn';
  return (
    <tr>
      <th scope="row">{limit.server}<span class="sub">{limitName(limit.limit_name)}</span></th>
      <td class="num" data-l="Used">{perMinute ? (limit.is_used_up ? 'all' : 'free') : limit.used < 1 ? amount(limit.used) : count(limit.used)}</td>
      <td class="num" data-l="of">{count(limit.allowed)}</td>
      <td>
        <div class={`meter ${tone}`}><i style={{ '--v': perMinute ? (limit.is_used_up ? 0 : 100) : left }} /></div>
        {limit.is_used_up && limit.resets_at ? <State icon={tone ? 'warn' : 'wait'} tone={tone || ''}>until {when(limit.resets_at)}</State>
          : !perMinute && (tone ? <State icon="warn" tone={tone}>{share}</State> : <span class="muted">{share}</span>)}
      </td>
    </tr>
  );
}
