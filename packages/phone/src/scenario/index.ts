export { scenarioJsonSchema } from './json-schema.js';
export { failureText, junitReport, resultsAsJson, resultText } from './reports.js';
export { type RunOptions, runScenario, type ScenarioFailure, type ScenarioResult } from './run-scenario.js';
export { readScenarioFile, type Scenario, type ScenarioFile, ScenarioFileError } from './scenario-file.js';
export type { AdminAnswer, DeviceRow, ScenarioTarget } from './target.js';
