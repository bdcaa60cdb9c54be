// Talks to the fake with @larksuiteoapi/node-sdk, over HTTP and the long connection; prints a JSON
// line for each thing that happened. Arguments: domain, app id, app secret, group.
const lark = require("@larksuiteoapi/node-sdk");

const [domain, appId, appSecret, group] = process.argv.slice(2);
const silent = { error() {}, warn() {}, info() {}, debug() {}, trace() {} };
const common = { appId, appSecret, domain, logger: silent };
const tell = (step, more) => console.log(JSON.stringify({ step, ...more }));

const dispatcher = new lark.EventDispatcher({ logger: silent }).register({
  "im.message.receive_v1": (data) => tell("message", { id: data.message.message_id }),
  "card.action.trigger": (data) => {
    tell("press", { value: data.action.value });
    return { toast: { type: "success", content: "好" } };
  },
});

async function main() {
  const client = new lark.Client(common);
  const sent = await client.im.message.create({
    params: { receive_id_type: "chat_id" },
    data: { receive_id: group, msg_type: "text", content: JSON.stringify({ text: "来自 node" }) },
  });
  tell("sent", { code: sent.code, id: sent.data.message_id });
  const members = await client.im.chatMembers.get({ path: { chat_id: group } });
  tell("members", { names: members.data.items.map((each) => each.name) });
  const info = await client.request({ method: "GET", url: "/open-apis/bot/v3/info" });
  tell("bot", { name: info.bot.app_name });
  await new lark.WSClient(common).start({ eventDispatcher: dispatcher });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
