// Worker threads, the pool of libuv, child processes, signals.
const {Worker, isMainThread, parentPort, workerData} = require('worker_threads');
const crypto = require('crypto');
const zlib = require('zlib');
const {execFile, spawnSync} = require('child_process');

function digest(number) {
  const hash = crypto.createHash('sha256');
  for (let i = 0; i < 2000; i++) hash.update(`${number} ${i}`);
  return hash.digest('hex').slice(0, 8);
}

if (!isMainThread) {
  parentPort.postMessage(digest(workerData));
} else {
  const workers = [1, 2, 3, 4].map(number => new Promise((done, failed) => {
    const worker = new Worker(__filename, {workerData: number});
    worker.on('message', done);
    worker.on('error', failed);
  }));
  const keys = [1, 2, 3, 4, 5, 6].map(number => new Promise((done, failed) =>
    crypto.pbkdf2('word', `${number}`, 2000, 16, 'sha256',
      (error, key) => error ? failed(error) : done(key.toString('hex')))));
  const packed = new Promise((done, failed) =>
    zlib.gzip(Buffer.alloc(300000, 'ab'), (error, data) => error ? failed(error) : done(data.length)));
  const child = new Promise(done =>
    execFile('sh', ['-c', 'echo child; exit 4'], (error, output) => done([error.code, output])));
  const signalled = new Promise(done => process.once('SIGUSR2', () => done('signal')));
  process.kill(process.pid, 'SIGUSR2');
  Promise.all([...workers, ...keys, packed, child, signalled]).then(results => {
    console.log(JSON.stringify(results));
    console.log(spawnSync('sh', ['-c', 'kill -9 $$']).signal);
    process.exit(6);
  });
}
