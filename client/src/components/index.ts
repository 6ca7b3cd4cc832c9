// The four components, made of Preact or of React:
//   const { FeedbackPanel } = createComponents({ createElement: h, useState, useEffect });

import { itemComponents } from './item.ts';
import { panelComponent } from './panel.ts';
import type { Ui } from './ui.ts';

export function createComponents(ui: Ui) {
  const { FeedbackStatusIndicator, FeedbackErrorHandler, AudioFeedbackOverlay } = itemComponents(ui);
  return { FeedbackStatusIndicator, FeedbackErrorHandler, AudioFeedbackOverlay, FeedbackPanel: panelComponent(ui) };
}

export { momentAt } from './item.ts';
export { nativeElements, type Look, type Native } from './native.ts';
export { clock, english, lengthOf, stateOf, unable, useStore, type Ui, type Words } from './ui.ts';
