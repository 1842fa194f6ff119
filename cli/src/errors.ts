import type { Words } from '@hufu/api';
import { EXIT, type ExitCode } from './exit-code.ts';

export interface CliErrorEntry {
  readonly exit: ExitCode;
  readonly title: Words;
  readonly remedy: Words;
}

function entry(exit: ExitCode, title: Words, remedy: Words): CliErrorEntry {
  return { exit, title, remedy };
}

/** Every error that the command itself can end with. What a server answers keeps the server's own code. */
export const CLI_ERRORS = {
  usage: entry(
    EXIT.usage,
    { zh: '命令用法不正确', en: 'The command was not used correctly' },
    { zh: '运行 hufu help 查看用法', en: 'See hufu help' },
  ),
  'file-unreadable': entry(
    EXIT.usage,
    { zh: '无法读取文件', en: 'A file cannot be read' },
    { zh: '检查路径与权限', en: 'Check the path and its permissions' },
  ),
  'file-not-found': entry(
    EXIT.notFound,
    { zh: '没有此文件', en: 'There is no such file' },
    { zh: '检查路径', en: 'Check the path' },
  ),
  'path-unusable': entry(
    EXIT.usage,
    { zh: '无法创建或写入文件', en: 'A file or directory cannot be created or written' },
    { zh: '换一个路径，或检查其权限', en: 'Choose another path, or check its permissions' },
  ),
  'config-invalid': entry(
    EXIT.usage,
    { zh: '配置无法使用', en: 'The configuration cannot be used' },
    { zh: '按提示逐项更正配置文件', en: 'Correct the named settings' },
  ),
  'directory-not-empty': entry(
    EXIT.usage,
    { zh: '目标目录已存在且非空', en: 'The directory exists and is not empty' },
    { zh: '换一个目录，密钥从不覆盖', en: 'Choose another directory: keys are never overwritten' },
  ),
  'no-network': entry(
    EXIT.notFound,
    { zh: '此目录中没有 Hufu 网络', en: 'There is no Hufu network in this directory' },
    {
      zh: '先运行 npm start，或以 --gateway 与 --api-key-file 指明网关',
      en: 'Run npm start first, or name a gateway with --gateway and --api-key-file',
    },
  ),
  'port-taken': entry(
    EXIT.failed,
    { zh: '端口已被占用', en: 'A port is already in use' },
    {
      zh: '停止占用端口的程序，或换用其他端口：新网络以 --port-base，已有配置改 listen',
      en: 'Stop the program that uses it, or choose another: --port-base of a new network, listen in a configuration',
    },
  ),
  'address-unusable': entry(
    EXIT.usage,
    { zh: '无法在此地址监听', en: 'This address cannot be listened on' },
    {
      zh: '在配置的 listen 中填写本机的地址，以及此用户可用的端口（一般不小于 1024）',
      en: 'Set listen in the configuration to an address of this machine and a port that this user may use (1024 or more)',
    },
  ),
  'process-died': entry(
    EXIT.failed,
    { zh: '进程意外退出', en: 'A process ended unexpectedly' },
    { zh: '查看其日志文件', en: 'See its log file' },
  ),
  'not-ready': entry(
    EXIT.failed,
    { zh: '进程未在时限内就绪', en: 'A process was not ready in time' },
    { zh: '查看其日志文件', en: 'See its log file' },
  ),
  'node-failed': entry(
    EXIT.failed,
    { zh: '节点因故障停止', en: 'The node stopped because something failed' },
    { zh: '查看日志，排除原因后重新启动', en: 'See the log, remove the cause and start it again' },
  ),
  'disk-full': entry(
    EXIT.failed,
    { zh: '磁盘已满', en: 'The disk is full' },
    {
      zh: '释放空间后重试；节点重新启动后会自行追上',
      en: 'Free some space and try again; a node that is started again catches up by itself',
    },
  ),
  'in-use': entry(
    EXIT.failed,
    { zh: '另一个进程正在使用此数据目录', en: 'Another process is using this data directory' },
    { zh: '先停止它；同一密钥绝不能同时运行两个节点', en: 'Stop it first; never run two nodes with one key' },
  ),
  'data-unusable': entry(
    EXIT.failed,
    { zh: '数据目录已损坏', en: 'The data directory is damaged' },
    {
      zh: '只保留其中的 wal 与 instance，删除其余后重新启动，由其他节点补齐账本；切勿换上旧备份',
      en: 'Delete all of it but wal and instance and start again: the peers have the chain. Never put an older copy in its place',
    },
  ),
  'data-foreign': entry(
    EXIT.failed,
    { zh: '数据目录属于其他网络或版本', en: 'The data directory is of another network or version' },
    {
      zh: '在配置中指明本网络的 data 与 genesis，或运行写入它的版本',
      en: 'Name data and genesis of one network in the configuration, or run the version that wrote it',
    },
  ),
  unreachable: entry(
    EXIT.network,
    { zh: '无法连接服务器', en: 'The server cannot be reached' },
    { zh: '检查地址，并确认服务已启动', en: 'Check the address and that the service is running' },
  ),
  'not-final': entry(
    EXIT.cannotTell,
    { zh: '存证已受理，但未在时限内上链确认', en: 'The evidence was accepted but is not final in time' },
    { zh: '稍后运行 hufu proof 取得证明', en: 'Fetch the proof later with hufu proof' },
  ),
  'proof-not-passed': entry(
    EXIT.failed,
    { zh: '取得的证明包未通过核验', en: 'The bundle that was fetched does not verify' },
    { zh: '运行 hufu verify 查看每一步', en: 'See every step with hufu verify' },
  ),
  'card-invalid': entry(
    EXIT.usage,
    { zh: '文件不是节点或网关的公钥卡片', en: 'The file is not the card of a node’s or gateway’s keys' },
    {
      zh: '由 hufu node keys 或 hufu gateway keys 生成 card.json',
      en: 'hufu node keys and hufu gateway keys make a card.json',
    },
  ),
  'edit-impossible': entry(
    EXIT.usage,
    { zh: '当前登记表无法如此修改', en: 'The current registry cannot be changed like this' },
    {
      zh: '以 GET /v1/registry 核对当前登记表',
      en: 'Look at the current registry: GET /v1/registry of a node',
    },
  ),
  'keys-unusable': entry(
    EXIT.usage,
    { zh: '密钥文件无法使用', en: 'A key file cannot be used' },
    { zh: '指明节点的密钥目录', en: 'Name the directory with the node’s keys' },
  ),
  'no-validator': entry(
    EXIT.notAuthorised,
    { zh: '登记表中没有持此密钥的验证人', en: 'The registry has no validator with these keys' },
    {
      zh: '批准须用当前验证人的密钥，就绪须用文件中新验证人的密钥',
      en: 'Approve with keys of a current validator; declare readiness with the new keys in the document',
    },
  ),
  'node-behind': entry(
    EXIT.cannotTell,
    { zh: '节点尚未同步到最新区块', en: 'The node has not caught up with the network' },
    {
      zh: '等它同步后再试；以 hufu status 或 /v1/status 查看高度',
      en: 'Try again when it has; its /v1/status shows the height',
    },
  ),
  'history-missing': entry(
    EXIT.cannotTell,
    { zh: '节点尚未补齐历史区块', en: 'The node has not fetched all blocks of the past' },
    {
      zh: '等它补齐后再试；进度见 /v1/status 的 history 或 hufu status',
      en: 'Try again when it has: history in its /v1/status shows how far it is',
    },
  ),
  'epoch-not-changed': entry(
    EXIT.cannotTell,
    {
      zh: '治理操作已受理，但纪元未在时限内更替',
      en: 'The action was accepted but the epoch has not changed in time',
    },
    {
      zh: '稍后以 /v1/epochs 查看；可再次提交，不会重复生效',
      en: 'Look at /v1/epochs later; submitting again does no harm',
    },
  ),
  'api-key-missing': entry(
    EXIT.notAuthorised,
    { zh: '缺少 API 密钥', en: 'An API key is missing' },
    {
      zh: '以 --api-key-file 指明密钥文件，或设置环境变量 HUFU_API_KEY',
      en: 'Name its file with --api-key-file, or set HUFU_API_KEY',
    },
  ),
} as const satisfies Readonly<Record<string, CliErrorEntry>>;

export type CliErrorCode = keyof typeof CLI_ERRORS;

/** A command's failure: ends the process with the code's exit status after title, detail and remedy are shown. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  readonly detail: string;

  constructor(code: CliErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.name = 'CliError';
    this.code = code;
    this.detail = detail;
  }
}
