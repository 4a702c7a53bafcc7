// Starts the desktop VS Code.
import { spawn } from 'node:child_process';

const arguments_ = ({ userData, extensions, workspace }) => [
  workspace, `--user-data-dir=${userData}`, `--extensions-dir=${extensions}`, '--new-window', '--no-sandbox', '--disable-updates',
  '--skip-welcome', '--skip-release-notes', '--disable-telemetry',
];

/** Starts it under playwright, so that its window can be driven and photographed like a page. */
export async function startDesktop({ executable, env, viewport, ...profile }) {
  const { _electron: electron } = await import('playwright-core');
  const application = await electron.launch({ executablePath: executable, args: arguments_(profile), env: { ...process.env, ...env } });
  const page = await application.firstWindow();
  if (viewport) await page.setViewportSize(viewport);
  return { page, stop: () => application.close() };
}

/** Starts it for a person to use. */
export async function showDesktop({ executable, env, ...profile }) {
  const application = spawn(executable, arguments_(profile), { stdio: 'ignore', env: { ...process.env, ...env } });
  const exited = new Promise((resolve, reject) => application.once('exit', resolve).once('error', reject));
  return {
    exited,
    async stop() {
      application.kill();
      await exited;
    },
  };
}
