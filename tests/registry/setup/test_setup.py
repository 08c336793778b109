"""``registry setup``: what it shows, what it does, and that it does it once."""

import json

import pytest
from botocore.exceptions import ClientError

from registry.errors import StoreError
from registry.setup import policies
from registry.setup.accounts import Accounts
from registry.store import Store


def steps(printed):
    return {row["what"]: (row["state"], row["then"]) for row in json.loads(printed)["steps"]}


def test_it_shows_what_it_would_do_and_does_nothing(run, on_minio, new_bucket):
    code, out, err = run("setup", f"s3://{new_bucket}")

    assert (code, err) == (0, "")
    assert "Nothing was changed; --apply does what is to do." in out
    assert f"policy {new_bucket}-server:\n{{" in out
    assert '"s3:PutObject"' in out
    assert "SECRET" not in out
    with pytest.raises(ClientError, match="404"):
        on_minio.client().head_bucket(Bucket=new_bucket)


def test_it_does_it_once(run, on_minio, new_bucket):
    _, shown, _ = run("setup", f"s3://{new_bucket}", "--json")
    assert {then for _, then in steps(shown).values()} == {"to do"}

    code, first, err = run("setup", f"s3://{new_bucket}", "--apply", "--json")
    assert (code, err) == (0, "")
    assert {then for _, then in steps(first).values()} == {"done"}
    assert set(json.loads(first)["secrets"]) == set(policies.all_of(new_bucket, minio=True))

    code, second, err = run("setup", f"s3://{new_bucket}", "--apply", "--json")
    assert (code, err) == (0, "")
    assert {then for _, then in steps(second).values()} == {None}
    assert json.loads(second)["secrets"] == {}


def test_the_bucket_is_versioned_and_its_old_versions_expire(run, on_minio, new_bucket):
    run("setup", f"s3://{new_bucket}", "--apply")

    client = on_minio.client()
    assert client.get_bucket_versioning(Bucket=new_bucket)["Status"] == "Enabled"
    rules = client.get_bucket_lifecycle_configuration(Bucket=new_bucket)["Rules"]
    assert {rule["ID"] for rule in rules} == {"estante-overwritten", "estante-deleted"}


def test_secrets_for_people_are_printed_once(run, on_minio, new_bucket):
    _, out, _ = run("setup", f"s3://{new_bucket}", "--apply")
    assert out.count("AWS_SECRET_ACCESS_KEY=") == 3
    assert "shown this once" in out

    _, out, _ = run("setup", f"s3://{new_bucket}", "--apply")
    assert "AWS_SECRET_ACCESS_KEY=" not in out


def test_secrets_of_the_environment_are_used_and_not_printed(
    run, on_minio, new_bucket, monkeypatch, act_as, buckets_client
):
    monkeypatch.setenv("ESTANTE_TRAINER_SECRET", "first-secret-of-a-trainer")
    code, out, _ = run("setup", f"s3://{new_bucket}", "--apply")
    assert code == 0
    assert "first-secret-of-a-trainer" not in out
    assert list(json.loads(run("setup", f"s3://{new_bucket}", "--json")[1])["secrets"]) == []

    monkeypatch.setenv("ESTANTE_TRAINER_SECRET", "second-secret-of-a-trainer")
    assert run("setup", f"s3://{new_bucket}", "--apply")[0] == 0
    act_as(on_minio, f"{new_bucket}-trainer", "second-secret-of-a-trainer")
    assert buckets_client().list_objects_v2(Bucket=new_bucket)["KeyCount"] == 0


def test_rights_that_were_added_are_taken_away(run, on_minio, new_bucket, administrator):
    run("setup", f"s3://{new_bucket}", "--apply")
    admin = administrator(on_minio.access_key, on_minio.secret_key)
    wide = {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}
    document = {"Version": "2012-10-17", "Statement": [wide]}
    admin.policy_add(policy_name=f"{new_bucket}-server", policy=document)
    admin.attach_policy(policies=["readwrite"], user=f"{new_bucket}-trainer")

    found = steps(run("setup", f"s3://{new_bucket}", "--apply", "--json")[1])

    assert found[f"policy {new_bucket}-server"] == ("another", "done")
    assert found[f"account {new_bucket}-trainer"] == ("with other rights", "done")
    assert {
        then for _, then in steps(run("setup", f"s3://{new_bucket}", "--json")[1]).values()
    } == {None}


def test_an_account_that_somebody_disabled_stays_so(run, on_minio, new_bucket, administrator):
    run("setup", f"s3://{new_bucket}", "--apply")
    admin = administrator(on_minio.access_key, on_minio.secret_key)
    admin.user_disable(access_key=f"{new_bucket}-trainer")

    found = steps(run("setup", f"s3://{new_bucket}", "--apply", "--json")[1])

    assert found[f"account {new_bucket}-trainer"] == ("disabled", None)


def test_other_rules_of_the_bucket_stay(run, on_minio, new_bucket):
    client = on_minio.client()
    client.create_bucket(Bucket=new_bucket)
    other = {
        "ID": "logs",
        "Status": "Enabled",
        "Filter": {"Prefix": "logs/"},
        "Expiration": {"Days": 3},
    }
    client.put_bucket_lifecycle_configuration(
        Bucket=new_bucket, LifecycleConfiguration={"Rules": [other]}
    )

    run("setup", f"s3://{new_bucket}", "--apply")

    rules = client.get_bucket_lifecycle_configuration(Bucket=new_bucket)["Rules"]
    assert {rule["ID"] for rule in rules} == {"logs", "estante-overwritten", "estante-deleted"}


def test_who_is_no_administrator_is_told_so(run, on_minio, new_bucket, act_as):
    _, out, _ = run("setup", f"s3://{new_bucket}", "--apply", "--json")
    name = f"{new_bucket}-trainer"
    act_as(on_minio, name, json.loads(out)["secrets"][name])

    code, out, err = run("setup", f"s3://{new_bucket}", "--apply")

    assert (code, out) == (1, "")
    assert "the account may not; set AWS_ACCESS_KEY_ID" in err
    assert err.count("\n") == 1


def test_wrong_credentials_are_told_so(run, on_minio, new_bucket, act_as):
    act_as(on_minio, "nobody", "secret-of-nobody")

    code, _, err = run("setup", f"s3://{new_bucket}")

    assert code == 1
    assert "the credentials are refused" in err
    assert "secret-of-nobody" not in err


def test_a_secret_that_minio_does_not_take_is_told_so(run, on_minio, new_bucket, monkeypatch):
    monkeypatch.setenv("ESTANTE_SERVER_SECRET", "short")

    code, _, err = run("setup", f"s3://{new_bucket}", "--apply")

    assert code == 1
    assert f"cannot make the account {new_bucket}-server" in err
    assert "between 8 and 40" in err
    assert "short" not in err


def test_an_answer_that_is_none_of_minios_is_told_so(on_seaweedfs, new_bucket):
    accounts = Accounts(Store.open(new_bucket))

    assert not accounts.are_there()
    with pytest.raises(StoreError, match="the answer is none of MinIO's"):
        accounts.steps("server", {})


def test_a_server_that_is_not_there_is_told_so(run, on_minio, new_bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")

    code, _, err = run("setup", f"s3://{new_bucket}")

    assert code == 1
    assert "no answer" in err


@pytest.mark.parametrize("uri", ["s3://shelf/models/", "shelf", "s3://S"])
def test_only_a_bucket_is_set_up(run, on_minio, uri):
    code, _, err = run("setup", uri)

    assert code == 2
    assert err.count("\n") == 1


def test_on_seaweedfs_the_bucket_is_set_up_and_accounts_are_not(run, on_seaweedfs, new_bucket):
    code, out, err = run("setup", f"s3://{new_bucket}", "--apply", "--json")

    assert (code, err) == (0, "")
    found = steps(out)
    assert found["accounts"] == ("not MinIO: make them by the server's own means", None)
    assert [then for _, then in found.values()] == ["done", "done", "done", None]
    assert json.loads(out)["policies"] == policies.all_of(new_bucket, minio=False)
    client = on_seaweedfs.client()
    assert client.get_bucket_versioning(Bucket=new_bucket)["Status"] == "Enabled"
    rules = client.get_bucket_lifecycle_configuration(Bucket=new_bucket)["Rules"]
    assert {rule["ID"] for rule in rules} == {
        "estante-overwritten",
        "estante-deleted",
        "estante-abandoned",
    }
    again = steps(run("setup", f"s3://{new_bucket}", "--apply", "--json")[1])
    assert {then for _, then in again.values()} == {None}
