// "Builds" the page: what the server needs at run time and the repository does not hold.
const fs = require('node:fs');
const { greet } = require('greeting');

fs.mkdirSync('dist', { recursive: true });
const title = greet(process.env.DAYFLY_NAME || 'a preview');
fs.writeFileSync('dist/index.html', `<!doctype html>\n<title>${title}</title>\n<h1>${title}</h1>\n`);
console.log('built dist/index.html');
