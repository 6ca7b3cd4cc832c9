// The elements of React Native in place of the DOM's:
//   createComponents({ createElement: nativeElements({ createElement, View, Text, Pressable, style }), useEffect, useState })

import type { Node } from './ui.ts';

/** What a style may depend on, beside the class. */
export interface Look {
  /** The state of a FeedbackStatusIndicator: a key of `Words.state`. */
  state?: string;
  /** The item of the moment, or its sound plays, or its rating is given. */
  active: boolean;
  disabled: boolean;
  /** How much of the sound has been heard, 0 to 1. */
  at?: number;
}

export interface Native {
  createElement(type: any, props: any, ...children: any[]): Node;
  View: any;
  Text: any;
  Pressable: any;
  /** The style of a class (`debrief-item`, ...), as React Native takes it. */
  style?(className: string, look: Look): unknown;
}

const isText = (child: unknown) => typeof child === 'string' || typeof child === 'number';
const isTrue = (value: unknown) => value === true || value === 'true';

function lookOf(props: any): Look {
  const { 'data-state': state, style } = props;
  return {
    ...(state !== undefined && { state }),
    ...(style && '--at' in style && { at: style['--at'] }),
    active: ['aria-current', 'aria-pressed', 'data-playing'].some((name) => isTrue(props[name])),
    disabled: ['disabled', 'aria-disabled'].some((name) => isTrue(props[name])),
  };
}

/** A createElement for `createComponents`: text is in Text, a button is a Pressable, labels and roles are kept. */
export function nativeElements({ createElement, View, Text, Pressable, style }: Native): Native['createElement'] {
  function propsOf(props: any, look: Look): object {
    const { key, className, role, onClick } = props;
    return {
      ...(key !== undefined && { key }),
      ...(role && { role }),
      ...(props['aria-label'] && { 'aria-label': props['aria-label'] }),
      ...(props['aria-hidden'] && { 'aria-hidden': true }),
      ...(onClick && { role: 'button', onPress: onClick, disabled: look.disabled }),
      // React Native has no button that stays pressed.
      ...('aria-pressed' in props && { role: 'switch', 'aria-checked': look.active }),
      ...(style && className && { style: style(className, look) }),
    };
  }
  return (type, props, ...children) => {
    if (typeof type !== 'string') return createElement(type, props, ...children);
    const shown = children.flat().filter((child) => isText(child) || (child && child !== true));
    const native = propsOf(props ?? {}, lookOf(props ?? {}));
    if (type !== 'button' && shown.length > 0 && shown.every(isText)) return createElement(Text, native, ...shown);
    const inside = shown.map((child) => (isText(child) ? createElement(Text, null, child) : child));
    return createElement(type === 'button' ? Pressable : View, native, ...inside);
  };
}
