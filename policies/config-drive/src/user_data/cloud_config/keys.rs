//! The keys that cloud-init knows, and the shapes of their values.
//!
//! Facts about cloud-init up to release 25: which keys there are and what kind of value each takes,
//! as its documentation and its schema of cloud-config (`schema-cloud-config-v1.json`, Apache-2.0 or
//! GPL-3.0) tell. No text of either is here. They are written as [shapes](super::shape) instead of
//! a JSON Schema: a validator of schemas would be larger than the rest of the policy, and would read
//! a hundred kilobytes for every document. Deprecated keys are still known. Where cloud-init is
//! strict about the form of a text, this mostly is not: findings are warnings, and a warning about
//! something that works would teach operators to look away.

/// Keys by name, with their shapes. Sorted.
#[rustfmt::skip]
pub(super) const ALL: &[(&str, &str)] = &[
    ("allow_public_ssh_keys", "b"),
    ("ansible", "{..}"),
    (
        "apk_repos",
        concat!(
            "{preserve_repositories:b,alpine_repo:{base_url:s,community_enabled:b,",
            "testing_enabled:b,version!:s}+|n,local_repo_base_url:s}+",
        ),
    ),
    (
        "apt",
        concat!(
            "{preserve_sources_list:b,generate_mirrorlists:b,disable_suites:[s]+#,",
            "primary:[{arches!:[s]+,uri:s,search:[s]+,search_dns:b,keyid:s,key:s,",
            "keyserver:s}]+,security:[{arches!:[s]+,uri:s,search:[s]+,search_dns:b,",
            "keyid:s,key:s,keyserver:s}]+,add_apt_repo_match:s,debconf_selections:{*:s}+,",
            "sources_list:s,conf:s,https_proxy:s,http_proxy:s,proxy:s,ftp_proxy:s,",
            "sources:{*:{source:s,keyid:s,key:s,keyserver:s,filename:s,append:b}+}}",
        ),
    ),
    ("apt-pipelining", "i|b|'none'|'unchanged'|'os'"),
    ("apt_pipelining", "i|b|'none'|'unchanged'|'os'"),
    ("apt_reboot_if_required", "b"),
    ("apt_update", "b"),
    ("apt_upgrade", "b"),
    ("authkey_hash", "s"),
    ("autoinstall", "{version!:i,..}"),
    ("bootcmd", "[[s]|s]+"),
    (
        "byobu_by_default",
        concat!(
            "",
            "'enable-system'|'enable-user'|'disable-system'|'disable-user'|'enable'|'disable'|'user'|'system'",
        ),
    ),
    ("ca-certs", "{remove-defaults:b,remove_defaults:b,trusted:[s]+}+"),
    ("ca_certs", "{remove-defaults:b,remove_defaults:b,trusted:[s]+}+"),
    (
        "chef",
        concat!(
            "{directories:[s]+#,validation_cert:s,validation_key:s,firstboot_path:s,",
            "exec:b,client_key:s,encrypted_data_bag_secret:s,environment:s,",
            "file_backup_path:s,file_cache_path:s,json_attribs:s,log_level:s,",
            "log_location:s,node_name:s,omnibus_url:s,omnibus_url_retries:i,",
            "omnibus_version:s,pid_file:s,server_url:s,show_time:b,ssl_verify_mode:s,",
            "validation_name:s,force_install:b,initial_attributes:{..},",
            "install_type:'packages'|'gems'|'omnibus',run_list:[s],chef_license:s}+",
        ),
    ),
    (
        "chpasswd",
        concat!(
            "{expire:b,users:[{name!:s,type:'hash'|'text'|'RANDOM',password:s}],",
            "list:s|[s]}",
        ),
    ),
    ("cloud_config_modules", "[s|[s|*]]"),
    ("cloud_final_modules", "[s|[s|*]]"),
    ("cloud_init_modules", "[s|[s|*]]"),
    ("create_hostname_file", "b"),
    ("datasource", "{..}"),
    ("datasource_list", "[s]"),
    ("debug", "{verbose:b,output:s}"),
    ("device_aliases", "{*:s}"),
    ("disable_ec2_metadata", "b"),
    ("disable_root", "b"),
    ("disable_root_opts", "s"),
    ("disk_setup", "{*:{table_type:'mbr'|'gpt',layout:'remove'|b|[i|[i|s]2],overwrite:b}}"),
    ("drivers", "{nvidia:{license-accepted!:b,version:s}}"),
    ("fan", "{config!:s,config_path:s}"),
    ("final_message", "s"),
    ("fqdn", "s"),
    (
        "fs_setup",
        concat!(
            "[{label:s,filesystem:s,device:s,partition:s|i,overwrite:b,replace_fs:s,",
            "extra_opts:[s]|s,cmd:[s]|s}]",
        ),
    ),
    ("groups", "s|{*:s|[s]+}|[s|{*:s|[s]+}]"),
    (
        "growpart",
        concat!(
            "{mode:'auto'|'growpart'|'gpart'|'off'|false,devices:[s],",
            "ignore_growroot_disabled:b}",
        ),
    ),
    ("grub-dpkg", "{..}"),
    (
        "grub_dpkg",
        concat!(
            "{enabled:b,grub-pc/install_devices:s,grub-pc/install_devices_empty:b|s,",
            "grub-efi/install_devices:s}",
        ),
    ),
    ("hostname", "s"),
    ("hotplug", "{..}"),
    ("keyboard", "{layout!:s,model:s,variant:s,options:s}"),
    (
        "landscape",
        concat!(
            "{client!:{url:s,ping_url:s,data_path:s,",
            "log_level:'debug'|'info'|'warning'|'error'|'critical',computer_title!:s,",
            "account_name!:s,registration_key:s,tags:s,http_proxy:s,https_proxy:s,..}}",
        ),
    ),
    ("launch-index", "i"),
    ("locale", "b|s"),
    ("locale_configfile", "s"),
    ("log_cfgs", "[*]"),
    (
        "lxd",
        concat!(
            "{init:{network_address:s,network_port:i,",
            "storage_backend:'zfs'|'dir'|'lvm'|'btrfs',storage_create_device:s,",
            "storage_create_loop:i,storage_pool:s,trust_password:s},",
            "bridge:{mode!:'none'|'existing'|'new',name:s,mtu:i,ipv4_address:s,",
            "ipv4_netmask:i,ipv4_dhcp_first:s,ipv4_dhcp_last:s,ipv4_dhcp_leases:i,",
            "ipv4_nat:b,ipv6_address:s,ipv6_netmask:i,ipv6_nat:b,domain:s},preseed:s}+",
        ),
    ),
    ("manage-resolv-conf", "b"),
    ("manage_etc_hosts", "true|false|'localhost'|'template'"),
    ("manage_resolv_conf", "b"),
    ("mcollective", "{conf:{public-cert:s,private-cert:s,*:b|i|s}}"),
    ("merge_how", "s|[{name:s,settings:[s]}]"),
    ("merge_type", "s|[{name:s,settings:[s]}]"),
    ("migrate", "b"),
    ("mount_default_fields", "[s|n]6"),
    ("mounts", "[[s|i|n]1-6]+"),
    ("network", "{..}"),
    ("no_ssh_fingerprints", "b"),
    (
        "ntp",
        concat!(
            "n|{pools:[s]#,servers:[s]#,peers:[s],allow:[s],ntp_client:s,enabled:b,",
            "config:{confpath:s,check_exe:s,packages:[s]#,service_name:s,template:s}+}",
        ),
    ),
    ("output", "{*:s|[s]|{output:s,error:s}}"),
    ("package_reboot_if_required", "b"),
    ("package_update", "b"),
    ("package_upgrade", "b"),
    ("packages", "[s|[s]2|{apt:[s|[s]2],snap:[s|[s]2]}]+"),
    ("password", "s"),
    (
        "phone_home",
        concat!(
            "{url!:s,",
            "post:'all'|['pub_key_dsa'|'pub_key_rsa'|'pub_key_ecdsa'|'pub_key_ed25519'|'instance_id'|'hostname'|'fqdn'],",
            "tries:i}",
        ),
    ),
    (
        "power_state",
        concat!(
            "{delay:i|<delay>,mode!:'poweroff'|'reboot'|'halt',message:s,timeout:i,",
            "condition:s|b|[*]}",
        ),
    ),
    ("prefer_fqdn_over_hostname", "b"),
    ("preserve_hostname", "b"),
    (
        "puppet",
        concat!(
            "{install:b,version:s,install_type:'packages'|'aio',collection:s,",
            "aio_install_url:s,cleanup:b,conf_file:s,ssl_dir:s,csr_attributes_path:s,",
            "package_name:s,exec:b,exec_args:[s],start_service:b,conf:{main:{..},",
            "server:{..},agent:{..},user:{..},ca_cert:s},",
            "csr_attributes:{custom_attributes:{..},extension_requests:{..}}}",
        ),
    ),
    (
        "random_seed",
        concat!(
            "{file:s,data:s,encoding:'raw'|'base64'|'b64'|'gzip'|'gz',command:[s],",
            "command_required:b}",
        ),
    ),
    ("reporting", "{*:{..}}"),
    ("resize_rootfs", "true|false|'noblock'"),
    ("resolv_conf", "{nameservers:[*],searchdomains:[*],domain:s,sortlist:[*],options:{..}}"),
    (
        "rh_subscription",
        concat!(
            "{username:s,password:s,activation-key:s,activation_key:s,org:i|s,",
            "auto-attach:b,auto_attach:b,service-level:s,service_level:s,add-pool:[s],",
            "add_pool:[s],enable-repo:[s],enable_repo:[s],disable-repo:[s],",
            "disable_repo:[s],release_version:s,rhsm-baseurl:s,rhsm_baseurl:s,",
            "server-hostname:s,server_hostname:s}",
        ),
    ),
    ("rpi", "{interfaces:{..},enable_rpi_connect:b,enable_usb_gadget:b}+"),
    (
        "rsyslog",
        concat!(
            "{config_dir:s,config_filename:s,configs:[s|{filename:s,content!:s}],",
            "remotes:{*:s|n},install_rsyslog:b,check_exe:s,packages:[s],",
            "service_reload_command:'auto'|[s]}",
        ),
    ),
    ("runcmd", "[[s]|s|n]+"),
    (
        "salt_minion",
        concat!(
            "{pkg_name:s,service_name:s,config_dir:s,conf:{..},grains:{..},public_key:s,",
            "private_key:s,pki_dir:s}",
        ),
    ),
    ("snap", "{assertions:{*:s}+|[s]+#,commands:{*:s|[s]}+|[s|[s]]+}+"),
    ("spacewalk", "{server:s,proxy:s,activation_key:s}"),
    ("ssh", "{emit_keys_to_console!:b}"),
    ("ssh_authorized_keys", "[s]+"),
    ("ssh_deletekeys", "b"),
    ("ssh_fp_console_blacklist", "[s]#"),
    ("ssh_genkeytypes", "['dsa'|'ecdsa'|'ed25519'|'rsa']+"),
    ("ssh_import_id", "[s]"),
    ("ssh_key_console_blacklist", "[s]#"),
    (
        "ssh_keys",
        concat!(
            "{ecdsa_public:s,ecdsa_private:s,ecdsa_certificate:s,ed25519_public:s,",
            "ed25519_private:s,ed25519_certificate:s,rsa_public:s,rsa_private:s,",
            "rsa_certificate:s}",
        ),
    ),
    ("ssh_publish_hostkeys", "{enabled:b,blacklist:[s]}"),
    ("ssh_pwauth", "b|s"),
    ("ssh_quiet_keygen", "b"),
    ("swap", "{filename:s,size:i|<size>,maxsize:i|<size>}"),
    ("system_info", "{..}"),
    ("timezone", "s"),
    (
        "ubuntu_advantage",
        concat!(
            "{enable:[s],enable_beta:[s],token:s,features:{disable_auto_attach:b},",
            "config:{http_proxy:s|n,https_proxy:s|n,global_apt_http_proxy:s|n,",
            "global_apt_https_proxy:s|n,ua_apt_http_proxy:s|n,ua_apt_https_proxy:s|n,..}}",
        ),
    ),
    (
        "ubuntu_pro",
        concat!(
            "{enable:[s],enable_beta:[s],token:s,features:{disable_auto_attach:b},",
            "config:{http_proxy:s|n,https_proxy:s|n,global_apt_http_proxy:s|n,",
            "global_apt_https_proxy:s|n,ua_apt_http_proxy:s|n,ua_apt_https_proxy:s|n,..}}",
        ),
    ),
    ("updates", "{network:{when!:['boot-new-instance'|'boot-legacy'|'boot'|'hotplug']}}"),
    (
        "user",
        concat!(
            "s|{name:s,doas:[s]+,expiredate:s,gecos:s,groups:s|[s]+|{*:n},homedir:s,",
            "inactive:s,lock-passwd:b,lock_passwd:b,no-create-home:b,no_create_home:b,",
            "no-log-init:b,no_log_init:b,no-user-group:b,no_user_group:b,passwd:s,",
            "hashed-passwd:s,hashed_passwd:s,plain-text-passwd:s,plain_text_passwd:s,",
            "create-groups:b,create_groups:b,primary-group:s,primary_group:s,",
            "selinux-user:s,selinux_user:s,shell:s,snapuser:s,ssh-authorized-keys:[s]+,",
            "ssh_authorized_keys:[s]+,ssh-import-id:[s]+,ssh_import_id:[s]+,",
            "ssh-redirect-user:b,ssh_redirect_user:b,system:b,sudo:s|n|b|[s],uid:i|s}",
        ),
    ),
    (
        "users",
        concat!(
            "s|[s|[s]|{name:s,doas:[s]+,expiredate:s,gecos:s,groups:s|[s]+|{*:n},",
            "homedir:s,inactive:s,lock-passwd:b,lock_passwd:b,no-create-home:b,",
            "no_create_home:b,no-log-init:b,no_log_init:b,no-user-group:b,",
            "no_user_group:b,passwd:s,hashed-passwd:s,hashed_passwd:s,",
            "plain-text-passwd:s,plain_text_passwd:s,create-groups:b,create_groups:b,",
            "primary-group:s,primary_group:s,selinux-user:s,selinux_user:s,shell:s,",
            "snapuser:s,ssh-authorized-keys:[s]+,ssh_authorized_keys:[s]+,",
            "ssh-import-id:[s]+,ssh_import_id:[s]+,ssh-redirect-user:b,",
            "ssh_redirect_user:b,system:b,sudo:s|n|b|[s],uid:i|s}]+|{..}",
        ),
    ),
    ("vendor_data", "{enabled:b|s,prefix:[s|i]|s}"),
    ("vendor_data2", "{enabled:b|s,prefix:[s|i]|s}"),
    (
        "wireguard",
        "n|{interfaces!:[{name:s,config_path:s,content:s}]+,readinessprobe:[s]#}+",
    ),
    (
        "write_files",
        concat!(
            "[{path!:s,content:s,source:{uri!:s,headers:{*:s}},owner:s,permissions:s,",
            "encoding:'gz'|'gzip'|'gz+base64'|'gzip+base64'|'gz+b64'|'gzip+b64'|'b64'|'base64'|'text/plain',",
            "append:b,defer:b}]+",
        ),
    ),
    ("yum_repo_dir", "s"),
    ("yum_repos", "{*:{baseurl:s,metalink:s,mirrorlist:s,name:s,enabled:b,<option>:i|b|s}+}+"),
    ("zypper", "{repos:[{id!:s,baseurl!:s,..}]+,config:{..},..}+"),
];

/// The shape of the values of `name`.
pub(super) fn find(name: &str) -> Option<&'static str> {
    let index = ALL.binary_search_by_key(&name, |(name, _)| name).ok()?;
    ALL.get(index).map(|(_, shape)| *shape)
}
