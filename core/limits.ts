import { KIB } from './units';

/**
 * Walls of the services that state, events and messages go through: what is larger is refused whole. So what may grow lies
 * in S3, and only its key travels. Figures of the AWS documentation, 2026-11.
 */

/** Bytes of an execution's input, of what a state takes and gives, and of an answer to a task token (Step Functions, service quotas). */
export const STATE_BYTES = 262_144;

/** Characters of an execution's name (Step Functions, StartExecution). */
export const EXECUTION_NAME_CHARACTERS = 80;

/** Bytes of a request's events: source, detail type and detail (EventBridge, PutEvents). */
export const EVENT_BYTES = 262_144;

/** Bytes of a message with its attributes (SNS, Publish). */
export const NOTICE_BYTES = 262_144;

/** "Less than 100" characters, of printable ASCII (SNS, Publish). */
export const SUBJECT_CHARACTERS = 99;

/** Bytes of a submission (AWS Batch, service quotas). */
export const SUBMISSION_BYTES = 30 * KIB;

/** Characters of a submission's container overrides as JSON (Amazon ECS, RunTask). */
export const OVERRIDES_CHARACTERS = 8192;

/** Characters of a job's name (AWS Batch, SubmitJob). */
export const JOB_NAME_CHARACTERS = 128;

/** Characters of the reason that a job is ended for (AWS Batch, TerminateJob). */
export const REASON_CHARACTERS = 1024;

/** Bytes of an event in a log, EMF lines among them (CloudWatch Logs, PutLogEvents; since 2025 it is more). */
export const LOG_EVENT_BYTES = 262_144;

/** Bytes of an object's key (S3, object keys). */
export const OBJECT_KEY_BYTES = 1024;

// Our own, far below: several texts travel together, and JSON makes as much as seven bytes of one.

/** Bytes of a failure's message, and of its hint. */
export const MESSAGE_BYTES = 2 * KIB;

/** Bytes of the stack of an error that leaves a step. */
export const STACK_BYTES = 4 * KIB;

/** Characters of the name of an error that leaves a step. */
export const ERROR_NAME_CHARACTERS = 128;

/** Bytes of one text in a log. */
export const LOG_TEXT_BYTES = 32 * KIB;

/** Bytes of a notice: nobody reads more in a mail. */
export const NOTICE_TEXT_BYTES = 16 * KIB;

/** Bytes of a step's answer; Step Functions adds its own, and a state what the run was started with. */
export const ANSWER_BYTES = STATE_BYTES - 64 * KIB;
