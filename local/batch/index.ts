export { type BatchOptions, type BatchService, createBatch } from './service';
