"""A log over HTTP: exact bytes, ranges, lines."""

from __future__ import annotations

import gzip
import random

import pytest
from flask.testing import FlaskClient
from tests.api.test_runs import ended, failed, show, train
from tests.child import INVALID
from tests.real import PREFIX, until
from werkzeug.test import TestResponse

from lastwords.config import Config
from lastwords.folders import runfolder


@pytest.fixture
def run_id(client: FlaskClient) -> str:
    """A run whose log is no text."""
    return failed(client, "prints-invalid-utf8")


def log(client: FlaskClient, run_id: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.get(f"{PREFIX}/runs/{run_id}/log", headers=sent) as answer:
        return answer.status_code, answer.data, dict(answer.headers)


def test_the_log_is_what_the_child_wrote(client: FlaskClient, run_id: str) -> None:
    status, data, headers = log(client, run_id)
    assert (status, data) == (200, INVALID)
    assert headers["X-Log-Size"] == headers["Content-Length"] == str(len(INVALID))
    assert headers["X-Log-Final"] == "1" and headers["Content-Type"].startswith("text/plain")


def test_a_download_is_an_attachment_with_the_runs_name(client: FlaskClient, run_id: str) -> None:
    with client.get(f"{PREFIX}/runs/{run_id}/log?download=1") as answer:
        assert answer.data == INVALID
        assert f"{run_id}-1.log" in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=5-9", slice(5, 10)),
        ("bytes=5-", slice(5, None)),
        ("bytes=-5", slice(-5, None)),
        ("bytes=5-999999", slice(5, None)),
    ],
)
def test_a_range_gives_just_its_bytes(
    client: FlaskClient, run_id: str, asked: str, wanted: slice
) -> None:
    status, data, headers = log(client, run_id, Range=asked)
    assert (status, data) == (206, INVALID[wanted])
    assert headers["Content-Range"].endswith(f"/{len(INVALID)}")


def test_the_last_bytes_of_a_log_that_has_fewer_are_all_of_it(
    client: FlaskClient, run_id: str
) -> None:
    assert log(client, run_id, Range="bytes=-999999")[:2] == (200, INVALID)


def test_random_ranges_put_together_are_the_log(client: FlaskClient) -> None:
    run_id = failed(client, "prints-2mb")
    whole = log(client, run_id)[1]
    chosen, parts, at = random.Random(3), b"", 0
    while at < len(whole):
        end = at + chosen.choice((1, 4095, 65_536, 400_001))
        parts += log(client, run_id, Range=f"bytes={at}-{end - 1}")[1]
        at = end
    assert parts == whole and len(whole) == 2_000_000


@pytest.mark.parametrize("offset", [0, 10**12])
def test_past_the_end_is_416_with_the_size(client: FlaskClient, run_id: str, offset: int) -> None:
    start = len(INVALID) + offset
    answer = client.get(f"{PREFIX}/runs/{run_id}/log", headers={"Range": f"bytes={start}-"})
    assert (answer.status_code, answer.get_json()["size"]) == (416, len(INVALID))
    assert answer.headers["Content-Range"] == f"bytes */{len(INVALID)}"
    assert answer.headers["X-Log-Size"] == str(len(INVALID))


@pytest.mark.parametrize("asked", ["lines=1-2", "bytes=x-y", "bytes=9-5", "bytes"])
def test_a_range_that_is_none_is_ignored_or_refused_but_never_wrong(
    client: FlaskClient, run_id: str, asked: str
) -> None:
    status, data, _ = log(client, run_id, Range=asked)
    assert (status, data) == (200, INVALID) or status == 416


def test_an_unchanged_log_is_not_sent_again(client: FlaskClient, run_id: str) -> None:
    etag = log(client, run_id)[2]["ETag"]
    assert log(client, run_id, If_None_Match=etag)[:2] == (304, b"")
    assert log(client, run_id, If_None_Match='"other"')[0] == 200


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_log_that_is_not_the_one_asked_for_is_412_without_a_byte(
    client: FlaskClient, run_id: str, encoding: str
) -> None:
    status, body, headers = log(client, run_id, If_Match='"other"', Accept_Encoding=encoding)
    assert status == 412 and INVALID not in body
    assert headers["Content-Type"] == "application/problem+json"
    etag = log(client, run_id, Accept_Encoding=encoding)[2]["ETag"]
    for right in (etag, "*"):
        assert log(client, run_id, If_Match=right, Accept_Encoding=encoding)[0] == 200


def test_if_range_gives_the_part_of_the_same_log_and_the_whole_of_another(
    client: FlaskClient, run_id: str
) -> None:
    etag = log(client, run_id)[2]["ETag"]
    assert log(client, run_id, Range="bytes=5-", If_Range=etag)[:2] == (206, INVALID[5:])
    assert log(client, run_id, Range="bytes=5-", If_Range='"other"')[:2] == (200, INVALID)


def test_if_range_of_another_log_gives_the_whole_even_past_the_end(
    client: FlaskClient, run_id: str
) -> None:
    assert log(client, run_id, Range="bytes=99999-", If_Range='"other"')[:2] == (200, INVALID)
    assert log(client, run_id, Range="bytes=99999-")[0] == 416


def test_head_tells_the_size_without_the_bytes(client: FlaskClient, run_id: str) -> None:
    with client.head(f"{PREFIX}/runs/{run_id}/log") as answer:
        assert answer.data == b"" and answer.headers["X-Log-Size"] == str(len(INVALID))


def test_a_ranged_log_is_never_compressed(client: FlaskClient, run_id: str) -> None:
    status, data, headers = log(client, run_id, Range="bytes=0-9", Accept_Encoding="gzip, br")
    assert (status, data) == (206, INVALID[:10]) and "Content-Encoding" not in headers


def test_a_log_that_is_not_there_yet_is_empty_and_not_final(client: FlaskClient) -> None:
    train(client, "hangs")
    queued = train(client, "hangs")
    status, data, headers = log(client, queued)
    assert (status, data, headers["X-Log-Final"]) == (200, b"", "0")
    meta = client.get(f"{PREFIX}/runs/{queued}/log/meta").get_json()
    assert (meta["size"], meta["lines"], meta["final"]) == (0, 0, False)


def test_following_by_meta_and_range_misses_nothing(client: FlaskClient) -> None:
    run_id, read = train(client, "trains"), b""
    while True:
        meta = client.get(f"{PREFIX}/runs/{run_id}/log/meta").get_json()
        while (part := log(client, run_id, Range=f"bytes={len(read)}-"))[0] == 206:
            read += part[1]
        if meta["final"]:
            break
    assert read == log(client, run_id)[1] and read.endswith(b"finished\n")
    assert meta["size"] == len(read) and meta["lines"] == read.count(b"\n")


def test_lines_are_numbered_from_1_and_bad_bytes_are_replaced(
    client: FlaskClient, run_id: str
) -> None:
    lines = client.get(f"{PREFIX}/runs/{run_id}/log/lines").get_json()["lines"]
    texts = [part.decode(errors="replace") for part in INVALID.split(b"\n")]
    assert [(line["number"], line["text"]) for line in lines] == list(enumerate(texts, start=1))
    assert all(line["time"] and not line["more"] for line in lines)


def test_a_window_of_lines_is_just_that(client: FlaskClient) -> None:
    run_id = failed(client, "prints-1mb")
    lines = client.get(f"{PREFIX}/runs/{run_id}/log/lines?from=100&count=3").get_json()["lines"]
    assert [line["text"][:10] for line in lines] == ["0000000099", "0000000100", "0000000101"]


def test_a_line_of_5_mb_comes_in_pieces(client: FlaskClient) -> None:
    run_id = failed(client, "prints-one-long-line")
    text, query = "", "from=1&count=1"
    while True:
        (line,) = client.get(f"{PREFIX}/runs/{run_id}/log/lines?{query}").get_json()["lines"]
        text += line["text"]
        if not line["more"]:
            break
        query = f"from=1&count=1&offset={len(text)}"
    assert text == "0123456789abcdef" * (5_000_000 // 16)


@pytest.mark.parametrize("query", ["from=0", "count=0", "count=2001", "offset=-1", "to=5"])
def test_a_window_that_does_not_fit_is_refused_with_its_field(
    client: FlaskClient, run_id: str, query: str
) -> None:
    answer = client.get(f"{PREFIX}/runs/{run_id}/log/lines?{query}")
    assert (answer.status_code, answer.get_json()["field"]) == (422, query.split("=")[0])


def test_a_log_that_became_a_link_shows_nothing_of_its_target(
    client: FlaskClient, run_id: str, config: Config
) -> None:
    folder = runfolder.attempt_folder(config.home, run_id, 1)
    folder.log.unlink()
    folder.log.symlink_to("/etc/passwd")
    for path in ("log", "log/lines", "log/meta", "error"):
        with client.get(f"{PREFIX}/runs/{run_id}/{path}") as answer:
            assert b"root:" not in answer.data and b"Traceback" not in answer.data


def test_the_size_grows_while_it_runs(client: FlaskClient) -> None:
    run_id = train(client, "trains")
    first = until(lambda: show(client, run_id)["logBytes"])
    assert ended(client, run_id)["logBytes"] > first


def search(client: FlaskClient, run_id: str, **query: str) -> TestResponse:
    return client.get(f"{PREFIX}/runs/{run_id}/log/search", query_string=query)


def test_every_match_is_found_page_by_page(client: FlaskClient) -> None:
    run_id = failed(client, "prints-1mb")
    whole = log(client, run_id)[1]
    answer = search(client, run_id, q="00000").get_json()
    offsets = [hit["offset"] for hit in answer["hits"]]
    assert answer["total"] == whole.count(b"00000") > len(offsets) == 1000
    while answer["nextCursor"]:
        answer = search(client, run_id, q="00000", cursor=answer["nextCursor"]).get_json()
        offsets += [hit["offset"] for hit in answer["hits"]]
    assert len(offsets) == answer["total"] == len(set(offsets))
    assert all(whole[at : at + 5] == b"00000" for at in offsets)


def test_a_search_takes_text_as_it_stands_unless_told(client: FlaskClient, run_id: str) -> None:
    assert search(client, run_id, q=".*").get_json()["total"] == 0
    assert search(client, run_id, q=".+", regex="1").get_json()["total"] > 0


@pytest.mark.parametrize(
    "query",
    [{}, {"q": ""}, {"q": "a\nb"}, {"q": "(", "regex": "1"}, {"q": "a" * 1001}],
)
def test_a_search_for_nothing_possible_says_why(
    client: FlaskClient, run_id: str, query: dict[str, str]
) -> None:
    answer = search(client, run_id, **query)
    assert (answer.status_code, answer.get_json()["field"]) == (422, "q")
    assert len(answer.get_json()["detail"]) > 5


@pytest.mark.parametrize("cursor", ["x", "1-2", "-1-2-3", "999999999999-1-1"])
def test_a_cursor_of_no_search_is_refused(client: FlaskClient, run_id: str, cursor: str) -> None:
    assert search(client, run_id, q="a", cursor=cursor).status_code == 422


def test_a_whole_log_comes_compressed_to_those_who_ask(client: FlaskClient) -> None:
    run_id = failed(client, "prints-2mb")
    _, plain, headers = log(client, run_id)
    status, packed, said = log(client, run_id, Accept_Encoding="gzip")
    assert (status, said["Content-Encoding"]) == (200, "gzip") and "Content-Length" not in said
    assert gzip.decompress(packed) == plain and len(packed) < len(plain)
    assert said["ETag"] != headers["ETag"] and said["X-Log-Size"] == str(len(plain))
    assert "Accept-Encoding" in said["Vary"] and "Accept-Encoding" in headers["Vary"]
    again = log(client, run_id, Accept_Encoding="gzip", If_None_Match=said["ETag"])
    assert again[:2] == (304, b"")


def test_an_empty_log_comes_compressed_as_nothing(client: FlaskClient) -> None:
    train(client, "hangs")
    queued = train(client, "hangs")
    assert gzip.decompress(log(client, queued, Accept_Encoding="gzip")[1]) == b""


def test_a_download_and_who_refuses_gzip_get_the_bytes(client: FlaskClient, run_id: str) -> None:
    assert log(client, run_id, Accept_Encoding="gzip;q=0, identity")[1] == INVALID
    path = f"{PREFIX}/runs/{run_id}/log?download=1"
    with client.get(path, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.data == INVALID and "Content-Encoding" not in answer.headers


def test_bytes_that_were_added_after_the_end_are_not_served(
    client: FlaskClient, run_id: str, config: Config
) -> None:
    with runfolder.attempt_folder(config.home, run_id, 1).log.open("ab") as file:
        file.write(b"added")
    assert log(client, run_id)[:2] == (200, INVALID)
    status, body, headers = log(client, run_id, Accept_Encoding="gzip")
    assert (gzip.decompress(body), headers["X-Log-Size"]) == (INVALID, str(len(INVALID)))
    assert log(client, run_id, Range="bytes=-3")[:2] == (206, INVALID[-3:])
    meta = client.get(f"{PREFIX}/runs/{run_id}/log/meta").get_json()
    assert (meta["size"], meta["lines"]) == (len(INVALID), INVALID.count(b"\n") + 1)
    found = client.get(f"{PREFIX}/runs/{run_id}/log/search?q=added").get_json()
    assert found["total"] == 0


@pytest.mark.parametrize("what", ["", "/meta", "/lines", "/search?q=x"])
def test_a_log_that_is_gone_is_a_problem_that_says_so(
    client: FlaskClient, run_id: str, config: Config, what: str
) -> None:
    runfolder.attempt_folder(config.home, run_id, 1).log.unlink()
    answer = client.get(f"{PREFIX}/runs/{run_id}/log{what}")
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert answer.get_json()["type"] == "/problems/log-unreadable"
    assert f"had {len(INVALID)} bytes" in answer.get_json()["detail"]
    assert client.get(f"{PREFIX}/runs/{run_id}").status_code == 200
