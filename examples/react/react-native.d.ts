// The test builds native.tsx without React Native's own package, which has these types.
declare module 'react-native';
