"""Tokens that are known by their shape alone: one row for each maker's kind, with an example.

Forms and lengths are those of gitleaks (config/gitleaks.toml) and trufflehog (pkg/detectors),
loosened to a minimum. Every repetition is bounded. Examples are made here, piece by piece, so that
no scanner takes this file for a leak.
"""

from typing import NamedTuple

ANY = r"[A-Za-z0-9]"
WORD = r"[A-Za-z0-9_-]"
HEX = r"[a-f0-9]"
CAPITALS = r"[A-Z0-9]"
BASE64 = r"[A-Za-z0-9+/]"


class Shape(NamedTuple):
    """One kind of token: how it begins, then `least` to `most` of some letters, then the rest.

    unless: a look ahead from where the letters begin, past which it is none.
    """

    maker: str
    begins: str
    letters: str
    least: int
    most: int
    example: str
    rest: str = ""
    unless: str = ""

    @property
    def gate(self) -> str:
        """What all tokens of this kind begin with, without a look to either side."""
        return f"{self.begins}{self.letters}{{{min(self.least, 8)}}}"

    @property
    def exact(self) -> str:
        """The whole token."""
        letters = f"{self.letters}{{{self.least},{self.most}}}"
        return f"{self.begins}{self.unless}{letters}{self.rest}"


def _mixed(length: int) -> str:
    return ("aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA" * (length // 32 + 1))[:length]


def _hex(length: int) -> str:
    return ("0a1b2c3d4e5f6978" * (length // 16 + 1))[:length]


def _capital(length: int) -> str:
    return _mixed(length).upper()


_DIGIT = r"(?=[A-Za-z_-]{0,60}[0-9])"  # soon: what has none is a word

SHAPES = (
    # what many makers give; before those that begin alike
    Shape("JSON web token", "eyJ", ANY, 8, 8, f"eyJ{_mixed(33)}.{_mixed(60)}.{_mixed(43)}",
          rf"{WORD}{{0,1000}}+\.{WORD}{{8,8000}}(?:\.{WORD}{{0,2000}}){{0,3}}"),
    # models and their training
    Shape("Hugging Face", "hf_", ANY, 8, 200, "hf_" + _mixed(34),
          unless=rf"(?:{_DIGIT}|(?={ANY}{{16}}))"),
    Shape("Hugging Face", "api_org_", ANY, 16, 200, "api_org_" + _mixed(34)),
    Shape("OpenAI, Anthropic, OpenRouter", "sk-(?:ant|proj|svcacct|admin|or)-", WORD, 8, 400,
          "sk-proj-" + _mixed(48)),
    Shape("OpenAI and others", "sk-", WORD, 16, 400, "sk-" + _mixed(48),
          unless=rf"(?:{_DIGIT}|(?=[A-Za-z]{{32}}))"),
    Shape("Groq", "gsk_", ANY, 20, 200, "gsk_" + _mixed(52)),
    Shape("NVIDIA", "nvapi-", WORD, 20, 200, "nvapi-" + _mixed(64)),
    Shape("Replicate", "r8_", WORD, 30, 60, "r8_" + _mixed(37)),
    Shape("Weights & Biases", "wandb_v1_", "[A-Za-z0-9_]", 16, 200, "wandb_v1_" + _mixed(60)),
    Shape("Kaggle", "KGAT_", ANY, 20, 100, "KGAT_" + _hex(32)),
    Shape("Modal", "a[ks]-", ANY, 22, 22, "ak-" + _mixed(22), r"(?![\w-])", _DIGIT),
    Shape("Fireworks", "fw_", ANY, 20, 60, "fw_" + _mixed(24), unless=_DIGIT),
    Shape("Together", "tgp_v1_", WORD, 30, 100, "tgp_v1_" + _mixed(43)),
    Shape("Lambda", rf"secret_{WORD}{{1,60}}_", HEX, 32, 32, f"secret_mine_{_hex(32)}.{_mixed(32)}",
          rf"\.{ANY}{{20,60}}"),
    Shape("xAI", "xai-", ANY, 40, 100, "xai-" + _mixed(80)),
    Shape("Perplexity", "pplx-", ANY, 40, 60, "pplx-" + _mixed(48)),
    Shape("LangSmith", "lsv2_(?:pt|sk)_", "[a-f0-9_]", 40, 60, "lsv2_pt_" + _hex(42)),
    Shape("Pinecone", "pcsk_", "[A-Za-z0-9_]", 40, 80, "pcsk_" + _mixed(60)),
    Shape("RunPod", "rpa_", ANY, 40, 60, "rpa_" + _mixed(44)),
    Shape("ElevenLabs", "sk_", HEX, 48, 48, "sk_" + _hex(48)),
    Shape("Jina", "jina_", WORD, 40, 100, "jina_" + _mixed(60)),
    Shape("Tavily", "tvly-", WORD, 28, 80, "tvly-" + _mixed(32)),
    Shape("Prefect", "pn[ub]_", ANY, 36, 36, "pnu_" + _mixed(36)),
    Shape("Databricks", "(?:dapi|dose|dkea)", HEX, 32, 32, "dapi" + _hex(32), "(?:-[0-9])?"),
    # code and packages
    Shape("GitHub", "gh[pousr]_", ANY, 16, 400, "ghp_" + _mixed(36)),
    Shape("GitHub", "github_pat_", "[A-Za-z0-9_]", 16, 400, "github_pat_" + _mixed(82)),
    Shape("GitLab", "gl(?:pat|dt|rt|ft|cbt|ptt|imt|soat|agent|oas|ffct|wt)-", WORD, 16, 300,
          f"glpat-{_mixed(27)}.01.{_hex(9)}", r"(?:\.[0-9a-z]{2}\.[0-9a-z]{9}|\.[0-9a-z]{9})?"),
    Shape("GitLab", "GR1348941", WORD, 20, 60, "GR1348941" + _mixed(20)),
    Shape("Lastwords", "lw[aelu]_", WORD, 40, 60, "lwu_" + _mixed(43)),
    Shape("npm", "npm_", ANY, 30, 60, "npm_" + _mixed(36)),
    Shape("PyPI", "pypi-", WORD, 30, 400, "pypi-" + _mixed(160)),
    Shape("RubyGems", "rubygems_", HEX, 48, 48, "rubygems_" + _hex(48)),
    Shape("Docker", "dckr_[po]at_", WORD, 20, 60, "dckr_oat_" + _mixed(32)),
    Shape("JFrog", "AKCp", ANY, 60, 80, "AKCp" + _mixed(69)),
    Shape("JFrog", "cmVmd", ANY, 59, 59, "cmVmd" + _mixed(59)),
    Shape("CircleCI", "CCI(?:PAT|PRJ)_", "[A-Za-z0-9_]", 40, 100, "CCIPAT_" + _mixed(62)),
    Shape("Buildkite", "bk(?:ua|ct|pat)_", "[a-z0-9]", 40, 64, "bkua_" + _hex(40)),
    Shape("Sonar", "sq[upa]_", HEX, 40, 40, "squ_" + _hex(40)),
    Shape("Sourcegraph", "sgp_(?:local_)?", HEX, 16, 40, f"sgp_{_hex(16)}_{_hex(40)}",
          "(?:_[a-f0-9]{40})?"),
    Shape("Atlassian", "ATATT3", "[A-Za-z0-9_=-]", 60, 300, "ATATT3" + _mixed(180)),
    Shape("Linear", "lin_api_", ANY, 40, 40, "lin_api_" + _mixed(40)),
    # clouds
    Shape("AWS", "(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)", CAPITALS, 12, 60, "AKIA" + _capital(16)),
    Shape("AWS Bedrock", "ABSK", BASE64, 100, 280, "ABSK" + _mixed(128), "={0,2}"),
    Shape("Google", "AIza", WORD, 30, 60, "AIza" + _mixed(35)),
    Shape("Google", r"ya29\.", WORD, 20, 400, "ya29." + _mixed(120)),
    Shape("Google", "GOCSPX-", WORD, 20, 60, "GOCSPX-" + _mixed(28)),
    Shape("Google", "1//0", WORD, 20, 200, "1//0" + _mixed(98)),
    Shape("Azure", "[A-Za-z0-9_~.]{3}[0-9]Q~", "[A-Za-z0-9_~.-]", 31, 34, "aB38Q~" + _mixed(34)),
    Shape("Azure", f"{ANY}{{52}}JQQJ99", ANY, 26, 26, f"{_mixed(52)}JQQJ99{_mixed(26)}"),
    Shape("DigitalOcean", "do[opr]_v1_", HEX, 40, 80, "dop_v1_" + _hex(64)),
    Shape("Alibaba", "LTAI", ANY, 12, 24, "LTAI" + _mixed(20), f"(?!{ANY})"),
    Shape("Cloudflare", "cf[a-z]{1,2}_", WORD, 40, 80, f"cfut_{_mixed(40)}{_hex(8)}"),
    Shape("Cloudflare", r"v1\.0-", HEX, 24, 24, f"v1.0-{_hex(24)}-{_hex(146)}", "-[a-f0-9]{146}"),
    Shape("Fly", "fo1_", WORD, 40, 60, "fo1_" + _mixed(43)),
    Shape("Fly", "fm[12][ar]?_", "[A-Za-z0-9+/=_-]", 60, 1000, "fm2_" + _mixed(200)),
    Shape("Heroku", "HRKU-", WORD, 36, 80, "HRKU-AA" + _mixed(58)),
    Shape("Vercel", "vc[piakrs]_", ANY, 24, 100, "vcp_" + _mixed(56)),
    Shape("Netlify", "nf[pocub]_", "[A-Za-z0-9_]", 36, 60, "nfp_" + _mixed(36)),
    Shape("Supabase", "sbp_(?:oauth_|v0_)?", HEX, 40, 40, "sbp_" + _hex(40)),
    Shape("Supabase", "sb_secret_", WORD, 20, 60, "sb_secret_" + _mixed(31)),
    Shape("PlanetScale", "pscale_(?:tkn|oauth|pw)_", "[A-Za-z0-9_=.-]", 32, 64,
          "pscale_tkn_" + _mixed(43)),
    Shape("Vault", r"hv[sbr]\.", WORD, 20, 400, "hvs." + _mixed(95)),
    Shape("Terraform", rf"{ANY}{{14}}\.atlasv1\.", "[A-Za-z0-9_=-]", 60, 70,
          f"{_mixed(14)}.atlasv1.{_mixed(67)}"),
    Shape("Pulumi", "pul-", HEX, 40, 40, "pul-" + _hex(40)),
    Shape("Doppler", r"dp\.(?:pt|ct|st|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?", ANY, 40, 44,
          "dp.st.dev." + _mixed(43)),
    Shape("Tailscale", "tskey-[a-z]{3,10}-", "[A-Za-z0-9-]", 20, 80, "tskey-auth-" + _mixed(40)),
    Shape("1Password", "ops_eyJ", BASE64, 100, 4000, "ops_eyJ" + _mixed(300), "={0,3}"),
    Shape("1Password", "A3-", CAPITALS, 6, 6, "A3-ABC123-DEF456-GH789-JKLM1-NPQR2-STVW3",
          "-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    Shape("age", "AGE-SECRET-KEY-1", CAPITALS, 50, 60, "AGE-SECRET-KEY-1" + _capital(58)),
    # watching, mailing, paying, writing
    Shape("Grafana", "glc_", BASE64, 32, 400, "glc_" + _mixed(120), "={0,3}"),
    Shape("Grafana", "glsa_", ANY, 32, 32, f"glsa_{_mixed(32)}_{_hex(8)}", "_[A-Fa-f0-9]{8}"),
    Shape("Grafana", "eyJrIjoi", ANY, 70, 400, "eyJrIjoi" + _mixed(90), "={0,3}"),
    Shape("Sentry", "sntrys_", BASE64, 20, 500, f"sntrys_{_mixed(120)}=_{_mixed(43)}",
          f"={{0,2}}(?:_{BASE64}{{20,60}})?"),
    Shape("Sentry", "sntry[ua]_", HEX, 64, 64, "sntryu_" + _hex(64)),
    Shape("New Relic", "NR(?:AK|JS|II|SP|RA|BR|AA)-", WORD, 19, 60, "NRAK-" + _capital(27)),
    Shape("New Relic", f"{HEX}{{32,36}}(?:FFFF)?NRA", "L", 1, 1, _hex(36) + "NRAL"),
    Shape("Dynatrace", r"dt0[a-z][0-9]{2}\.", CAPITALS, 24, 24,
          f"dt0c01.{_capital(24)}.{_capital(64)}", r"\.[A-Z0-9]{64}"),
    Shape("PostHog", "phx_", "[A-Za-z0-9_]", 30, 60, "phx_" + _mixed(43)),
    Shape("Slack", "(?:xox[abeoprs]|xapp)-", "[A-Za-z0-9-]", 10, 400, "xoxb-" + _mixed(50)),
    Shape("Stripe, Clerk", "[sr]k_(?:live|test|prod)_", ANY, 10, 260, "sk_live_" + _mixed(24)),
    Shape("Stripe, Svix", "whsec_", BASE64, 20, 100, "whsec_" + _mixed(32), "={0,2}"),
    Shape("Square", "sq0(?:atp|csp)-", WORD, 22, 43, "sq0atp-" + _mixed(22)),
    Shape("Square, Facebook", "EAA[A-Z]", "[A-Za-z0-9_+=-]", 55, 400, "EAAA" + _mixed(60)),
    Shape("Shopify", "shp(?:at|ca|pa|ss)_", "[A-Fa-f0-9]", 32, 32, "shpat_" + _hex(32)),
    Shape("Shippo", "shippo_(?:live|test)_", HEX, 40, 40, "shippo_live_" + _hex(40)),
    Shape("SendGrid", r"SG\.", WORD, 16, 60, f"SG.{_mixed(22)}.{_mixed(43)}",
          rf"\.{WORD}{{16,60}}"),
    Shape("Brevo", "xkeysib-", HEX, 64, 64, f"xkeysib-{_hex(64)}-{_mixed(16)}",
          "-[A-Za-z0-9]{16}"),
    Shape("Mailgun", "key-", HEX, 32, 32, "key-" + _hex(32)),
    Shape("Twilio", "SK", HEX, 32, 32, "SK" + _hex(32)),
    Shape("Telegram", "[0-9]{8,10}:AA", WORD, 30, 40, "123456789:AA" + _mixed(33)),
    Shape("Discord", rf"[MNO]{WORD}{{23,27}}\.", WORD, 6, 6,
          f"M{_mixed(25)}.{_mixed(6)}.{_mixed(38)}", rf"\.{WORD}{{27,40}}"),
    Shape("Notion", "ntn_", ANY, 40, 60, "ntn_" + _mixed(46)),
    Shape("Notion", "secret_", ANY, 43, 43, "secret_" + _mixed(43), f"(?!{ANY})"),
    Shape("Airtable", rf"pat{ANY}{{14}}\.", HEX, 64, 64, f"pat{_mixed(14)}.{_hex(64)}"),
    Shape("Figma", "fig[a-z]{1,2}_", "[A-Za-z0-9_=-]", 40, 60, "figd_" + _mixed(40)),
    Shape("Postman", "PMAK-", HEX, 24, 24, f"PMAK-{_hex(24)}-{_hex(34)}", "-[a-f0-9]{34}"),
)  # fmt: skip

# Tokens of one length only, which can be known again where a terminal broke them in two.
FIXED = (
    r"hf_[A-Za-z0-9]{34}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{82}|"
    r"glpat-[A-Za-z0-9_-]{20}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}"
)
LONGEST_FIXED = 100
