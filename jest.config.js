/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  transform: {
    '^.+\\.(t|j)sx?$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
  },
  // Packages that ship ES modules only; jest runs CommonJS, so they are transformed like our own code.
  transformIgnorePatterns: ['/node_modules/(?!(hyparquet|udsv)/)'],
  setupFiles: ['<rootDir>/test/support/env.ts'],
  // What wants more than Node: `npm run test:examples`.
  testPathIgnorePatterns: ['/node_modules/', '/test/examples/'],
  testTimeout: 30_000,
  maxWorkers: 2,
};
