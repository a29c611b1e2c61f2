// Serves the built page on PORT, and tells what a test wants to know of the machine it runs in.
const fs = require('node:fs');
const http = require('node:http');

const page = fs.readFileSync('dist/index.html');
const port = Number(process.env.PORT || 3000);
const host = process.env.HOST || '0.0.0.0';

const server = http.createServer((request, response) => {
  if (request.url === '/facts') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ pid: process.pid, cwd: process.cwd(), variables: Object.keys(process.env).sort() }));
  } else if (request.url.startsWith('/exit/')) {
    response.end('bye\n', () => process.exit(Number(request.url.slice('/exit/'.length))));
  } else {
    response.setHeader('content-type', 'text/html');
    response.end(page);
  }
});
server.listen(port, host, () => console.log(`listening on ${host}:${port}`));
process.on('SIGINT', () => {
  console.log('stopping');
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
