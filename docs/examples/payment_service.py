"""A payment service that speaks Seckill's HTTP API, with no money in it: python3 payment_service.py PORT SECRET"""

import hashlib, hmac, json, sys, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

# A real service keeps payments and refunds in its database.
PORT, SECRET, payments, refunds = int(sys.argv[1]), sys.argv[2].encode(), {}, {}


def sign(text, at):
    return f"t={at},v1=" + hmac.new(SECRET, f"{at}.{text}".encode(), hashlib.sha256).hexdigest()


def is_signed(given, text):
    at = given.removeprefix("t=").split(",")[0]
    return at.isdigit() and abs(time.time() - int(at)) < 300 and hmac.compare_digest(given, sign(text, at))


def pick(payment, *names):
    return {name: payment[name] for name in names if name in payment}


# Repeats it until the shop has it: always the same event id, each time a new signature.
def notify(payment):
    facts = pick(payment, "paymentId", "orderId", "amountCents", "currency", "paidAt")
    body = json.dumps({**facts, "eventId": "paid-" + payment["paymentId"], "type": "payment.succeeded"})
    for pause in (0, 1, 2, 5, 10, 30, 60, 300, 3600):
        time.sleep(pause)
        headers = {"Content-Type": "application/json", "Seckill-Signature": sign(body, int(time.time()))}
        try:
            return urllib.request.urlopen(urllib.request.Request(payment["notifyUrl"], body.encode(), headers)).close()
        except OSError as error:
            print("The shop does not have the notification yet:", error, file=sys.stderr)


# The buyer's browser calls it, and signs nothing.
def pay(payment):
    if payment["state"] == "open" and time.time() * 1000 < payment["expiresAt"]:
        payment.update(state="paid", paidAt=int(time.time() * 1000))
        threading.Thread(target=notify, args=[payment], daemon=True).start()
    return 200, pick(payment, "state")


# Each call may be repeated, and answers the same again. A checkout that arrives after its close finds it closed.
def serve(kind, number, is_close, asked):
    if kind == "refunds":
        refunds.update({asked["refundId"]: asked} if asked else {})
        return 200, {"state": "done" if asked or number in refunds else "unknown"}
    if kind == "payments":
        return 200, pick(payments.get(number, {"state": "unknown"}), "state", "amountCents", "currency", "paidAt")
    payment = payments.setdefault(asked["paymentId"], {**asked, "state": "open"})
    if is_close:
        payment["state"] = "paid" if payment["state"] == "paid" else "closed"
        return 200, pick(payment, "state", "amountCents", "currency", "paidAt")
    url = {"checkoutUrl": f"http://127.0.0.1:{PORT}/pay/{payment['paymentId']}"}
    return (422, {"reason": "It is closed."}) if payment["state"] == "closed" else (200, url)


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        kind, number, *more = (self.path.strip("/") + "/").split("/")
        status, answer = pay(payments[number]) if kind == "pay" else (401, {"error": "The signature is wrong."})
        if kind != "pay" and is_signed(self.headers.get("Seckill-Signature", ""), f"{self.command} {self.path}\n{body}"):
            status, answer = serve(kind, number, "close" in more, json.loads(body or "null"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_GET = do_POST


HTTPServer(("127.0.0.1", PORT), Service).serve_forever()
