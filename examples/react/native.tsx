// The same in React Native: its elements, and a player of the application's own. Metro bundles it for a telephone,
// with a fetch that cannot read an answer as it comes: the client asks again every 2 s. The test runs it by react-native-web.
import { type FeedbackRow, type Player, createDebrief, createSounds } from '@pg-debrief/client';
import { type Look, createComponents, nativeElements } from '@pg-debrief/client/components';
import { createElement, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { AppRegistry, Pressable, ScrollView, Text, View } from 'react-native';

const row = { flexDirection: 'row', flexWrap: 'wrap', gap: 12, alignItems: 'center' };
const button = { minWidth: 44, minHeight: 44, justifyContent: 'center', alignItems: 'center', borderWidth: 1, borderRadius: 8, padding: 6 };
const styles: Record<string, object> = {
  'debrief-item': { ...row, flexWrap: 'nowrap', alignItems: 'flex-start', paddingVertical: 12, borderTopWidth: 1 },
  'debrief-meta': row,
  'debrief-tools': row,
  'debrief-rating': row,
  'debrief-actions': row,
  'debrief-play': button,
  'debrief-seek': button,
  'debrief-rate': button,
  'debrief-retry': button,
  'debrief-dismiss': button,
};
const style = (className: string, { active, disabled, state, at }: Look) => [
  styles[className],
  active && { backgroundColor: '#dbe7ff' },
  disabled && { opacity: 0.7 },
  state === 'failed' && { fontWeight: 'bold' },
  className === 'debrief-bar' && { height: 4, width: 80 * (at ?? 0), backgroundColor: '#1d4ed8' },
];

/** `address`: the console's, or that of a proxy with its prefix. `player`: of the library that plays sounds. */
function Feedback({ address, analysisId, player }: { address: string; analysisId: number; player: Player }) {
  const debrief = useMemo(() => createDebrief({ url: address }), [address]);
  const sounds = useMemo(() => createSounds(debrief, () => {}, player), [debrief, player]);
  const { FeedbackPanel } = useMemo(
    () => createComponents({ createElement: nativeElements({ createElement, View, Text, Pressable, style }), useEffect, useState }),
    [],
  );
  const store = useMemo(() => debrief.feedback(analysisId), [debrief, analysisId]);
  const { data, error } = useSyncExternalStore(store.subscribe, store.get);
  if (data === null) return <Text>{error?.message ?? 'One moment …'}</Text>;
  return (
    <ScrollView>
      <FeedbackPanel
        items={data.items}
        sounds={sounds}
        onRetry={(item: FeedbackRow) => debrief.retry(item.id)}
        onDismiss={(item: FeedbackRow) => debrief.dismiss(item.id)}
        onRate={(item: FeedbackRow, rating: 'up' | 'down' | null) => debrief.rate(item.id, rating)}
      />
    </ScrollView>
  );
}

AppRegistry.registerComponent('Feedback', () => Feedback);
AppRegistry.runApplication('Feedback', {
  rootTag: document.querySelector('main'), // on a telephone the system starts the application
  initialProps: { address: `${location.origin}/debrief`, analysisId: Number(new URLSearchParams(location.search).get('analysis')), player: new Audio() },
});
