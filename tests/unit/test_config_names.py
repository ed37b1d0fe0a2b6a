"""Names in Kubernetes, Azure, Gitea, GitHub and Git."""

import pytest

from model.source import KeyVault
from tests.unit.configuration import at, lines, load, pipeline, registry_login

NOT_A_NAME = (
    "not a Kubernetes name; write at most 63 lower-case letters, digits and '-', starting and ending with a letter "
    "or digit"
)
NOT_A_STORE = (
    "not a Kubernetes name; write at most 253 lower-case letters, digits, '-' and '.', each part starting and ending "
    "with a letter or digit"
)
RESERVED = "reserved by Kubernetes or Kargo; write another name, such as backstage"
NO_GITEA = "not a valid Gitea name; write at most 40 letters and digits, with single . _ - between"
NO_GITHUB = "not a valid GitHub name; write at most 39 letters and digits, with single - or _ between"
NO_GROUP = "not a resource group; write at most 90 letters, digits and - _ . ( ), not ending with a dot"
NO_VAULT = "not a Key Vault; write its name only, 3 to 24 letters, digits and single '-', starting with a letter"
NO_VAULT_SECRET = "not a valid name of a Key Vault secret; write at most 127 letters, digits and '-'"
FULL_REFERENCE = "a full reference; write the name of the branch only, such as main"
NO_BRANCH = (
    "not a valid branch name; see `git check-ref-format --branch`: no spaces, none of .. ~ ^ : ? * [ \\ @{, "
    "no - or . at the beginning, no .lock at the end"
)
LEAVES = "not below the repository's root; write a relative path, such as .env-files/images.json"
NO_FILE = "not the path of a file; write a path such as .env-files/images.json"
BACKSLASH = "contains a backslash; write / between folders, such as .env-files/images.json"
NO_JSON = "not a JSON file, and Kargo would replace its content by JSON; write a path such as .env-files/images.json"
GITS_OWN = "in Git's own folder; write another path, such as .env-files/images.json"
NO_KEY = "not a valid key; write letters, digits, - and _ only"
A_NUMBER = "a number, which Kargo treats as a list index; write a key with a letter"
TAGGED = "contains a tag or digest; write the name only, such as backstage-cnoe: Kargo selects the tag"
NO_IMAGE = "not an image name; write lower-case letters, digits and single . _ - between them"
VAULT = "registry.login.password.vault"


@pytest.mark.parametrize(
    ("project", "problem"),
    [
        *[(name, NOT_A_NAME) for name in ("Backstage", "a" * 64, "Dev_1", "-a", "a-", "a.b", "", "a\n", "é", "a b")],
        *[(name, RESERVED) for name in ("kube-system", "kube-public", "default", "kargo", "kargo-shared-resources")],
        ("kargo-system-resources", RESERVED),
        ("kargo-cluster-secrets", RESERVED),
    ],
)
def test_a_project_name_that_kubernetes_refuses_or_keeps_is_refused(project, problem):
    assert lines(at("kargo.project", project)) == [f"kargo.project: {problem}"]


@pytest.mark.parametrize("project", ["a" * 63, "kargo-demo", "1", "my-kargo", "kubernetes"])
def test_any_other_project_name_is_accepted(project):
    assert load(at("kargo.project", project)).stack.kargo.project == project


@pytest.mark.parametrize("store", ["Azure", "a_b", "-a", "a-", "a..b", ".a", "a.", "a.-b", "a" * 254, "", "a\n"])
def test_a_store_that_kubernetes_could_not_have_is_refused(store):
    path = "registry.login.password.secretStore"
    assert lines(at(path, store)) == [f"{path}: {NOT_A_STORE}"]


@pytest.mark.parametrize("store", ["azure.keyvault.store", "a" * 253, "a--b", "1"])
def test_a_store_may_have_dots_and_a_long_name(store):
    _, password = registry_login(at("registry.login.password.secretStore", store))
    assert password.secret_store == store


@pytest.mark.parametrize(
    "owner",
    ["a--b", "a-", "a.", "a_", "a..b", "a__b", "a-_b", "-a", ".a", "_a", "", "a b", "a/b", "a:b", "é", "a\n", "a" * 41],
)
def test_an_owner_that_gitea_never_names_is_refused(owner):
    assert lines(at("registry.owner", owner)) == [f"registry.owner: {NO_GITEA}"]


@pytest.mark.parametrize("owner", ["GiteaAdmin", "a.b-c_d", "1", "a" * 40])
def test_any_other_owner_on_gitea_is_accepted(owner):
    assert load(at("registry.owner", owner)).stack.registry.owner == owner


@pytest.mark.parametrize("owner", ["a--b", "a-", "-a", "a.b", "_a", "a_", "a__b", "", "a/b", "é", "a" * 40])
def test_an_owner_that_github_never_names_is_refused(owner):
    assert lines(at("registry.owner", owner), "prod", {}) == [f"registry.owner: {NO_GITHUB}"]


@pytest.mark.parametrize("owner", ["octocat", "octocat_corp", "Octo-Cat-9", "a" * 39])
def test_any_other_owner_on_github_is_accepted(owner):
    assert load(at("registry.owner", owner), "prod", {}).stack.registry.owner == owner


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        *[("resourceGroup", value, NO_GROUP) for value in ("a/b", "a" * 91, "a.", "a b", "", "a\n", "a\\b", "a,b")],
        *[("name", value, NO_VAULT) for value in ("a--b", "ab", "a" * 25, "1ab", "ab-", "-ab", "a_b", "", "a.b.c")],
        ("name", "https://x.vault.azure.net", NO_VAULT),
    ],
)
def test_names_that_azure_refuses_are_refused(key, value, problem):
    assert lines(at(f"{VAULT}.{key}", value)) == [f"{VAULT}.{key}: {problem}"]


@pytest.mark.parametrize("key", ["a_b", "a/b", "a" * 128, "", "a.b", "é", "a\n"])
def test_a_secrets_name_that_key_vault_refuses_is_refused(key):
    path = "registry.login.password.key"
    assert lines(at(path, key)) == [f"{path}: {NO_VAULT_SECRET}"]


@pytest.mark.parametrize(
    ("group", "name"), [("Backstage_Dev.(1)-x", "backstage-dev"), ("größe", "abc"), ("a" * 90, "a" * 24), ("(", "a1-b")]
)
def test_names_that_azure_takes_are_accepted(group, name):
    _, password = registry_login(at(VAULT, {"resourceGroup": group, "name": name}))
    assert password.vault == KeyVault(resource_group=group, name=name)


@pytest.mark.parametrize(
    ("branch", "problem"),
    [
        ("refs/heads/main", FULL_REFERENCE),
        ("refs/tags/v1", FULL_REFERENCE),
        *[
            (branch, NO_BRANCH)
            for branch in (
                *(
                    "a b",
                    "-x",
                    "x.lock",
                    "a.lock/b",
                    "a..b",
                    ".a",
                    "a/.b",
                    "/a",
                    "a/",
                    "a//b",
                    "a.",
                    "a~1",
                    "a^",
                    "a:b",
                ),
                *("a?", "a*", "a[b", "a\\b", "a@{b", "@", "HEAD", "a" * 245),
            )
        ],
    ],
)
def test_a_branch_that_git_cannot_have_is_refused(branch, problem):
    assert lines(at("gitOps.branch", branch)) == [f"gitOps.branch: {problem}"]


@pytest.mark.parametrize(
    "branch", ["main", "release/1.x", "a@b", "größe", "a-b_c.d", "lock", "heads/main", "a{b", "$x"]
)
def test_any_other_branch_is_accepted(branch):
    assert load(at("gitOps.branch", branch)).stack.git_ops.branch == branch


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        *[(path, LEAVES) for path in ("../x.json", "/x.json", "a/../x.json", "a/..", "..")],
        *[(path, NO_FILE) for path in (".", "dir/", "dir.json/", "dir.json/.", "./", "a" * 256)],
        *[
            (path, NO_JSON)
            for path in (
                "values.yaml",
                "images",
                "images.json5",
                "a.json/b",
                "images.json.yaml",
                "{stage}",
                ".yml",
                "json",
            )
        ],
        *[(path, BACKSLASH) for path in ("a\\b.json", "..\\x.json")],
        *[(path, GITS_OWN) for path in (".git/config", "a/.git/x", ".GIT/x")],
    ],
)
def test_a_path_that_is_no_file_in_the_repository_is_refused(path, problem):
    assert lines(at("gitOps.imagesFile", path)) == [f"gitOps.imagesFile: {problem}"]


@pytest.mark.parametrize(
    "path",
    [
        *("images.json", ".env-files/a.json", "a b/größe.json", "a/..b.json", ".gitea/x.json", "IMAGES.JSON"),
        *("{stage}/{app}.json", "{app}-images.json", ".json", "a.yaml/b.json", "~/x.json"),
    ],
)
def test_any_other_path_is_accepted(path):
    assert load(at("gitOps.imagesFile", path)).stack.git_ops.images_file == path


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("./images.json", "images.json"),
        ("././a/images.json", "a/images.json"),
        ("a/./b//images.json", "a/b/images.json"),
        ("./{stage}.json", "{stage}.json"),
    ],
)
def test_a_file_has_one_path(written, used):
    assert load(at("gitOps.imagesFile", written)).stack.git_ops.images_file == used
    assert load(at("pipelines[0].stages[0].imagesFile", written)).stack.pipelines[0].stages[0].images_file == used


@pytest.mark.parametrize("path", ["pipelines[0].app", "pipelines[0].stages[0].environment"])
@pytest.mark.parametrize(
    ("key", "problem"),
    [
        *[(key, NO_KEY) for key in ("back.stage", "a b", "", "a*", "é", "a\n", "a|b", "#", "a/b", ":a", "${{x}}")],
        *[(key, A_NUMBER) for key in ("1", "0", "-1", "2024")],
    ],
)
def test_a_key_that_kargo_would_not_set_is_refused(path, key, problem):
    assert lines(at(path, key)) == [f"{path}: {problem}"]


def test_a_name_that_is_a_number_needs_a_key_of_its_own():
    assert lines(at("pipelines[0].name", "1")) == [f"pipelines[0].app: {A_NUMBER}"]
    assert lines(at("pipelines[0].stages[0].name", "2")) == [f"pipelines[0].stages[0].environment: {A_NUMBER}"]


@pytest.mark.parametrize("key", ["nextjs", "flagdUi", "a-b_c", "1a", "-", "v1"])
def test_any_other_key_is_accepted(key):
    assert load(at("pipelines[0].app", key)).stack.pipelines[0].app == key


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ("backstage:v1", TAGGED),
        ("backstage@sha256:0", TAGGED),
        ("https://gitea.example/backstage", "contains a scheme; write the name only, such as backstage-cnoe"),
        *[
            (image, NO_IMAGE)
            for image in (
                *("Backstage", "a--b", "a---b", "a-", "a.", "a_", "a..b", "a___b", "a-_b", "-a", "/a", "a/", "a//b"),
                *("", "a b", "é", "a\n", "a" * 256),
            )
        ],
        ("a__b", "contains __, which Gitea does not allow in an image name; write single . _ -"),
        ("a" * 250, "longer than 255 characters with its owner; write a shorter name"),
    ],
)
def test_an_image_that_the_registry_or_kargo_cannot_have_is_refused(image, problem):
    assert lines(at("pipelines[0].image", image)) == [f"pipelines[0].image: {problem}"]


@pytest.mark.parametrize("image", ["a.b-c_d", "a/b/c", "1", "a" * 244])
def test_any_other_image_is_accepted(image):
    loaded = load(at("pipelines[0].image", image)).stack
    assert loaded.registry.image_repository(loaded.pipelines[0].image).endswith(f"/giteaadmin/{image}")


def test_ghcr_takes_two_underscores():
    assert load(pipeline(image="a__b", stages=[{"name": "prod"}]), "prod", {}).stack.pipelines[0].image == "a__b"


NO_REPOSITORY = "not the name of a repository on GitHub; write at most 100 letters, digits and . _ -, without its owner"


@pytest.mark.parametrize("name", ["acme/backstage", ".", "..", "", "a b", "a" * 101, "é", "https://github.com/acme/a"])
def test_what_is_no_repository_on_github_is_refused(name):
    assert lines(at("webhooks.repository", name), "prod") == [f"webhooks.repository: {NO_REPOSITORY}"]


@pytest.mark.parametrize("name", ["backstage", ".github", "a" * 100, "A-b_c.d", "-", "1"])
def test_the_repository_of_the_packages_is_accepted(name):
    assert load(at("webhooks.repository", name), "prod").stack.webhooks.repository == name


@pytest.mark.parametrize("registration", [True, False])
def test_images_in_gitea_have_no_repository_on_github(registration):
    changes = {"webhooks": {"repository": "backstage", "registration": registration}}
    assert lines(changes) == ["webhooks.repository: the images are not in GHCR; remove it"]
