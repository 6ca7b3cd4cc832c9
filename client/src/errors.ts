// What a stable error code means, in a sentence for the owner of a video. last_error says the same where the
// code is not known here.

export const sentences: Record<string, string> = {
  address_not_allowed: 'The service is not set up correctly. Whoever runs it has to fix that.',
  answer_too_large: 'The service gave an answer that is too large.',
  bad_answer: 'The service gave an answer that could not be used.',
  bad_request: 'The service refused this request.',
  blocked: 'The service refuses this content: change the text or the recording.',
  bucket_not_found: 'The service is not set up correctly. Whoever runs it has to fix that.',
  cancelled: 'It was cancelled.',
  connection_broken: 'The connection to the service broke.',
  endpoint_not_found: 'The service is not set up correctly. Whoever runs it has to fix that.',
  gave_up: 'The service did not work for too long.',
  internal: 'The service failed.',
  model_not_found: 'The service is not set up correctly. Whoever runs it has to fix that.',
  no_key: 'The service is not set up correctly. Whoever runs it has to fix that.',
  not_configured: 'The service is not set up correctly. Whoever runs it has to fix that.',
  object_conflict: 'Another sound is already stored under this name.',
  object_not_found: 'The recording is not in its store: upload it again.',
  output_cut: 'The answer of the service was cut off.',
  quota_exhausted: 'The service has no quota left for now.',
  rate_limited: 'The service is busy.',
  recording_not_found: 'The recording is not in its store: upload it again.',
  receiver_gone: 'The receiver wants no more messages.',
  redirected: 'The service is not set up correctly. Whoever runs it has to fix that.',
  request_refused: 'The service is not set up correctly. Whoever runs it has to fix that.',
  result_not_storable: 'The result could not be stored.',
  row_not_readable: 'This could not be read from the database: it may be too large.',
  ssml_missing: 'What is to be spoken is missing: try again.',
  stage_not_served: 'The service is not set up correctly. Whoever runs it has to fix that.',
  stale_input: 'The service has lost the upload.',
  store_failed: 'The sound could not be stored.',
  store_full: 'The store has no space left.',
  store_unavailable: 'The store is not available.',
  timeout: 'The service took too long.',
  too_large: 'The recording or text is too long or too large: use a shorter one.',
  unauthorized: 'The service is not set up correctly. Whoever runs it has to fix that.',
  unavailable: 'The service is not available.',
  unreachable: 'The service cannot be reached.',
  unsafe_path: 'The name of the recording cannot be used: upload it under another one.',
  unsupported_media: 'The recording cannot be read: it must be a whole video file in a common format such as MP4.',
  voice_not_found: 'The service does not know the voice.',
  worker_lost: 'It was interrupted.',
  wrong_service: 'The service is not set up correctly. Whoever runs it has to fix that.',
};

export interface Failed {
  error_code: string | null;
  last_error: string | null;
}

/** One sentence, always. The server's own words come first: it knows more of the case. */
export const sentence = ({ error_code, last_error }: Failed): string =>
  last_error || sentences[error_code ?? ''] || 'It could not be done.';
