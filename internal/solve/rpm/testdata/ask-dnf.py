# Answers what dnf would install: a question a line, as JSON, on standard input;
# an answer a line on standard output. The root is empty and nothing is installed.
import json, sys, dnf, dnf.exceptions, hawkey


class Judge:
    def __init__(self, work, arch):
        self.base = dnf.Base()
        conf = self.base.conf
        conf.installroot, conf.cachedir, conf.logdir, conf.persistdir = work + "/root", work + "/cache", work + "/log", work + "/state"
        conf.reposdir, conf.plugins, conf.best, conf.obsoletes, conf.zchunk = ["/dev/null"], False, False, True, False
        conf.substitutions["releasever"] = "1"
        conf.arch = arch
        conf.multilib_policy = "best"

    def add(self, id, path, priority=99, cost=1000):
        repo = dnf.repo.Repo(id, self.base.conf)
        repo.baseurl, repo.gpgcheck, repo.priority, repo.cost = ["file://" + path], False, priority, cost
        repo.module_hotfixes = True  # no stream is hidden: modules are the repositories' affair
        self.base.repos.add(repo)

    def load(self):
        self.base.fill_sack(load_system_repo=False)
        return len(self.base.sack)

    def ask(self, names, weak):
        base = self.base
        base.reset(goal=True)
        base.conf.install_weak_deps = weak
        try:
            for name in names:
                base.install(name)
            base.resolve()
        except dnf.exceptions.Error as e:
            return {"failed": str(e)}
        return {"chosen": [str(p) for p in base.transaction.install_set]}


work, arch, repos = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
judge = Judge(work, arch)
for r in repos:
    judge.add(**r)
print(json.dumps({"packages": judge.load(), "version": dnf.VERSION}), flush=True)
for line in sys.stdin:
    q = json.loads(line)
    print(json.dumps(judge.ask(q["names"], q["weak"])), flush=True)
