// The user settings of every VS Code that these scripts start.

/** Names for `--theme`. */
export const THEMES = {
  dark: 'Default Dark Modern', light: 'Default Light Modern', hc: 'Default High Contrast', 'hc-light': 'Default High Contrast Light',
};

/** Quiet, offline and predictable: nothing is fetched, saved or suggested by itself. */
export const SETTINGS = {
  'workbench.startupEditor': 'none', 'workbench.tips.enabled': false, 'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden', 'window.commandCenter': false,
  'telemetry.telemetryLevel': 'off', 'update.mode': 'none', 'update.showReleaseNotes': false,
  'extensions.autoCheckUpdates': false, 'extensions.autoUpdate': false, 'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false, 'chat.disableAIFeatures': true, 'git.enabled': false, 'files.autoSave': 'off',
};
