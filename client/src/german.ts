// The words of the components and the sentences of the error codes in German.

import type { Words } from './components/ui.ts';
import type { Failed } from './errors.ts';

const SETUP = 'Der Dienst ist nicht richtig eingerichtet. Das kann nur der Betreiber beheben.';

export const sentences: Record<string, string> = {
  address_not_allowed: SETUP,
  answer_too_large: 'Die Antwort des Dienstes ist zu groß.',
  bad_answer: 'Die Antwort des Dienstes ist unbrauchbar.',
  bad_request: 'Der Dienst hat diese Anfrage abgelehnt.',
  blocked: 'Der Dienst lehnt diesen Inhalt ab: Text oder Aufnahme ändern.',
  bucket_not_found: SETUP,
  cancelled: 'Es wurde abgebrochen.',
  connection_broken: 'Die Verbindung zum Dienst ist abgerissen.',
  endpoint_not_found: SETUP,
  gave_up: 'Der Dienst war zu lange gestört.',
  internal: 'Der Dienst ist gescheitert.',
  model_not_found: SETUP,
  no_key: SETUP,
  not_configured: SETUP,
  object_conflict: 'Unter diesem Namen ist schon ein anderer Ton gespeichert.',
  object_not_found: 'Die Aufnahme liegt nicht in ihrem Speicher: bitte erneut hochladen.',
  output_cut: 'Die Antwort des Dienstes wurde abgeschnitten.',
  quota_exhausted: 'Das Kontingent des Dienstes ist vorerst aufgebraucht.',
  rate_limited: 'Der Dienst ist ausgelastet.',
  recording_not_found: 'Die Aufnahme liegt nicht in ihrem Speicher: bitte erneut hochladen.',
  receiver_gone: 'Der Empfänger will keine Nachrichten mehr.',
  redirected: SETUP,
  request_refused: SETUP,
  result_not_storable: 'Das Ergebnis konnte nicht gespeichert werden.',
  row_not_readable: 'Dies konnte nicht aus der Datenbank gelesen werden: vielleicht ist es zu groß.',
  ssml_missing: 'Es fehlt, was gesprochen werden soll: bitte erneut versuchen.',
  stage_not_served: SETUP,
  stale_input: 'Der Dienst hat die hochgeladene Aufnahme verloren.',
  store_failed: 'Der Ton konnte nicht gespeichert werden.',
  store_full: 'Der Speicher ist voll.',
  store_unavailable: 'Der Speicher ist nicht verfügbar.',
  timeout: 'Der Dienst hat zu lange gebraucht.',
  too_large: 'Aufnahme oder Text sind zu lang oder zu groß: bitte kürzen.',
  unauthorized: SETUP,
  unavailable: 'Der Dienst ist nicht verfügbar.',
  unreachable: 'Der Dienst ist nicht erreichbar.',
  unsafe_path: 'Der Name der Aufnahme ist nicht verwendbar: bitte unter einem anderen hochladen.',
  unsupported_media: 'Die Aufnahme ist nicht lesbar: sie muss eine vollständige Videodatei sein, etwa MP4.',
  voice_not_found: 'Der Dienst kennt diese Stimme nicht.',
  worker_lost: 'Es wurde unterbrochen.',
  wrong_service: SETUP,
};

/** One sentence, always; the server's own, which is English, where the code is not known here. */
export const sentence = ({ error_code, last_error }: Failed): string =>
  sentences[error_code ?? ''] || last_error || 'Es ist nicht gelungen.';

export const german: Words = {
  state: {
    blank: 'Nichts zu sprechen', unqueued: 'Nicht eingereiht', queued: 'Wartet', retrying: 'Gleich noch einmal', processing: 'In Arbeit',
    writing: 'Wird geschrieben', speaking: 'Wird gesprochen', completed: 'Fertig', failed: 'Ohne Ton', cancelled: 'Abgebrochen',
    playing: 'Läuft',
  },
  retry: 'Erneut versuchen',
  dismiss: 'Ausblenden',
  helpful: 'Hilfreich',
  notHelpful: 'Nicht hilfreich',
  play: 'Abspielen',
  pause: 'Anhalten',
  noSound: 'Noch kein Ton für',
  goTo: 'Gehe zu',
  empty: 'Noch kein Feedback.',
  unheard: 'Dieser Ton lässt sich hier nicht abspielen.',
  point: ',',
  sentence,
};
