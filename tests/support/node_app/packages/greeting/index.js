// The one dependency of the small application, so that installing has something to do.
exports.greet = (name) => `Hello from ${name}`;
