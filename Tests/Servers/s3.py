"""An S3 server (moto) with accounts, which checks signatures and permissions.

Announces its port, two access keys of a user with all permissions on S3, and one of a user without permissions.
"""

import logging
import os
import threading

os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "1000000"
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

import boto3  # noqa: E402
import requests  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

from common import announce  # noqa: E402

POLICY = """{"Version": "2012-10-17",
             "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sts:*"], "Resource": "*"}]}"""


def make_user(iam, name, policy=None):
    iam.create_user(UserName=name)
    if policy:
        iam.put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=policy)

    def key():
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return {"id": made["AccessKeyId"], "secret": made["SecretAccessKey"]}

    return key


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = dict(
        endpoint_url=f"http://127.0.0.1:{port}", region_name="eu-central-1",
        aws_access_key_id="setup", aws_secret_access_key="setup")
    iam = boto3.client("iam", **settings)
    worker = make_user(iam, "worker", POLICY)
    keys = [worker(), worker()]
    stranger = make_user(iam, "stranger")()
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    iam.put_role_policy(RoleName="worker", PolicyName="policy", PolicyDocument=POLICY)
    s3 = boto3.client("s3", **settings)
    s3.create_bucket(Bucket="atmos", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    # From here on every request needs a signature and a permission.
    requests.post(f"http://127.0.0.1:{port}/moto-api/reset-auth", data=b"0", timeout=10)
    announce(port=port, keys=keys, stranger=stranger, role=role)
    threading.Event().wait()


main()
