import { engineHandlers } from './requests/engineHandlers';
import { serve } from './requests/serve';

// A stray rejection must not end the process and with it the jobs that run.
process.on('unhandledRejection', (error) => console.error('Unhandled rejection:', error));
serve(engineHandlers);
