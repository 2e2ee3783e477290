import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { cutText } from '../../core/cut-text';
import { NOTICE_TEXT_BYTES, SUBJECT_CHARACTERS } from '../../core/limits';
import type { Notices, RunEvents } from '../ports';
import { clientOptions } from './client-options';

export const EVENT_SOURCE = 'batchwright';

/** Run events on one bus. */
export function createRunEvents(busName: string, bridge = new EventBridgeClient(clientOptions())): RunEvents {
  return {
    async publish(detailType, detail) {
      const { FailedEntryCount, Entries } = await bridge.send(
        new PutEventsCommand({
          Entries: [{ EventBusName: busName, Source: EVENT_SOURCE, DetailType: detailType, Detail: JSON.stringify(detail) }],
        }),
      );
      if (FailedEntryCount) throw new Error(`EventBridge refused ${detailType}: ${Entries?.[0]?.ErrorCode}`);
    },
  };
}

/** Notices to one topic. */
export function createNotices(topicArn: string, sns = new SNSClient(clientOptions())): Notices {
  return {
    async send(subject, text) {
      const Subject = subject.replace(/[^\x20-\x7e]/g, '?').slice(0, SUBJECT_CHARACTERS);
      await sns.send(new PublishCommand({ TopicArn: topicArn, Subject, Message: cutText(text, { bytes: NOTICE_TEXT_BYTES }) }));
    },
  };
}
