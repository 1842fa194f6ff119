import { createSocket } from 'node:dgram';
import { CONTROL_ADDRESS, MANAGEMENT_PREFIX, VXLAN_PORT } from './host.ts';
import { randomFrom } from './random.ts';
import type { Conditions, SwitchAnswer } from './switch.ts';

/**
 * The wide-area network between hosts, a process of its own so that nothing else delays it: takes the Ethernet
 * frames that hosts send as VXLAN datagrams (RFC 7348) and passes each on to the host it is for, as the conditions
 * that the parent sets say. Frames wait in one queue: the delay is the same for all, so they leave in order.
 */
const MAC_AT = 8;
const MAC_BYTES = 6;
const MIN_DATAGRAM_BYTES = MAC_AT + 2 * MAC_BYTES;
const BUFFER_BYTES = 4 * 1024 * 1024;

interface Waiting {
  readonly datagram: Buffer;
  readonly to: number;
  readonly dueMs: number;
}

let conditions: Conditions = { delayMs: 0, loss: 0, groups: [] };
let groupOf = new Map<number, number>();
const counts = { forwarded: 0, lost: 0, cut: 0 };
const waiting: Waiting[] = [];
let isTimerSet = false;
const random = randomFrom(Number(process.argv[2]));

const socket = createSocket('udp4');
socket.on('message', (datagram, { address }) => {
  if (datagram.length < MIN_DATAGRAM_BYTES) return;
  const from = Number(address.slice(MANAGEMENT_PREFIX.length)) - 1;
  const to = datagram[MAC_AT + MAC_BYTES - 1] ?? 0;
  // Group addresses (broadcast, multicast): nothing on these networks needs them.
  if (((datagram[MAC_AT] ?? 0) & 1) === 1) return;
  if (groupOf.get(from) !== groupOf.get(to)) {
    counts.cut += 1;
  } else if (random() < conditions.loss) {
    counts.lost += 1;
  } else if (conditions.delayMs === 0 && waiting.length === 0) {
    forward(datagram, to);
  } else {
    waiting.push({ datagram, to, dueMs: performance.now() + conditions.delayMs });
    setTimer();
  }
});

function forward(datagram: Buffer, to: number): void {
  counts.forwarded += 1;
  socket.send(datagram, VXLAN_PORT, MANAGEMENT_PREFIX + (to + 1), () => undefined);
}

function setTimer(): void {
  const [first] = waiting;
  if (first === undefined || isTimerSet) return;
  isTimerSet = true;
  setTimeout(
    () => {
      isTimerSet = false;
      const nowMs = performance.now();
      const notDue = waiting.findIndex(({ dueMs }) => dueMs > nowMs);
      const due = waiting.splice(0, notDue === -1 ? waiting.length : notDue);
      for (const { datagram, to } of due) forward(datagram, to);
      setTimer();
    },
    Math.max(0, first.dueMs - performance.now()),
  );
}

function answer(message: SwitchAnswer): void {
  process.send?.(message);
}

process.on('message', (next: Conditions) => {
  conditions = next;
  groupOf = new Map(next.groups.flatMap((group, index) => group.map((host) => [host, index])));
  answer({ ...counts });
});
process.once('disconnect', () => process.exit());
socket.bind(VXLAN_PORT, CONTROL_ADDRESS, () => {
  socket.setRecvBufferSize(BUFFER_BYTES);
  socket.setSendBufferSize(BUFFER_BYTES);
  answer({ ...counts });
});
