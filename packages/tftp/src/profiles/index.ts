export { type CombinationCode, combinations } from './combinations.js';
export { type AskedOfPhone, type FileServing, type Finding, judge, profileFits } from './judgement.js';
export { type PredefinedProfile, predefinedProfiles } from './predefined.js';
export { readSymmetricKeyText, symmetricKeyBits } from './symmetric-key.js';
