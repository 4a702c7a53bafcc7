// Runs a command in this process group and ends the whole group when the script that started it is gone, however it died.
import { spawn } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
const endAll = () => process.kill(0, 'SIGKILL');
child.once('error', (error) => { console.error(error.message); process.exit(1); });
child.once('exit', () => setTimeout(endAll, 200));
process.stdin.once('end', endAll).once('error', endAll).resume();
process.once('SIGTERM', () => { child.kill('SIGTERM'); setTimeout(endAll, 3000); });
process.once('SIGINT', () => undefined);
